import { randomUUID } from 'node:crypto'
import { benchTenant } from '../wire.ts'
import { oneOf, startedAt } from './one-of-many.ts'

const line = '$people'
const partEntries = 250
/** Longer than nodes are given to say who they have. */
const gatheredMs = 1_000

/** As a node tells of somebody who has one connection, with a usual token. */
function entryOf(node: string, user: number) {
  const userId = `user-${node.slice(0, 8)}-${user}`
  const key = `${benchTenant}/${userId}`
  const identity = {
    ...{ tenant: benchTenant, userId, name: `Operator ${user}`, roles: ['operator'], claims: { millId: 'mill-12' } },
    ...{ sessionId: randomUUID(), expiresAt: startedAt },
  }
  return { connectionId: key, userId: key, state: { connections: 1, identity }, since: startedAt, stamp: startedAt }
}

function cpuMs(run: () => unknown): number {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}

/** What one node of a cluster keeps and does, because each node knows who is online on all of them. */
export async function measurePeople(nodes: number, each: number): Promise<Readonly<Record<string, number>>> {
  const { server, others, pass, hear, said } = await oneOf(nodes)
  await pass(gatheredMs)
  globalThis.gc?.()
  const before = process.memoryUsage()
  let [bytes, us] = [0, 0]
  const parts = each / partEntries
  for (const other of others)
    for (let part = 0; part < parts; part++) {
      const put = Array.from({ length: partEntries }, (_, user) => entryOf(other, part * partEntries + user))
      const json = JSON.stringify({ kind: 'state', version: 1, part, parts, put })
      bytes += json.length
      us += hear(other, line, json)
    }
  globalThis.gc?.()
  const after = process.memoryUsage()
  said(line)
  await pass(10_000)
  const roll = said(line).find((json) => json.startsWith('{"kind":"roll"'))
  const listMs = cpuMs(() => server.presence.online())
  const [dead = ''] = others
  const deathMs = hear(dead, '$nodes', '{"kind":"leave"}') / 1_000
  const heard = others.length * each
  await server.close()
  return {
    ...{ nodes, 'people heard of': heard, 'bytes of JSON per person': bytes / heard, 'µs of CPU per person heard of': us / heard },
    'bytes of heap per person': (after.heapUsed - before.heapUsed) / heard,
    'MB of heap for all': (after.heapUsed - before.heapUsed) / 1e6,
    'bytes of a roll call': roll?.length ?? Number.NaN,
    'ms of CPU when a node leaves': deathMs,
    'ms of CPU to list who is online': listMs,
  }
}
