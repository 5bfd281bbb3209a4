import { oneOf } from './one-of-many.ts'

const rounds = 20

/** What a beat of another node costs, that tells what so many users have taken of their limits. */
export async function measureBeats(nodes: number, users: number): Promise<Readonly<Record<string, number>>> {
  const { server, others, hear } = await oneOf(nodes)
  const inbound = { users: Array.from({ length: users }, (_, user) => [`5/bench/user-${user}`, 12]), tenants: [], addresses: [] }
  const beat = JSON.stringify({ kind: 'beat', ageMs: 60_000, greets: false, cargo: { inbound, tenants: [] } })
  let us = 0
  for (let round = 0; round < rounds; round++) for (const other of others) us += hear(other, '$nodes', beat)
  await server.close()
  return {
    ...{ nodes, 'users of whom a beat tells': users, 'bytes of a beat': beat.length },
    'µs of CPU per beat heard': us / (rounds * others.length),
  }
}
