import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Identity } from '../auth/port.ts'
import { presenceNodes } from '../testing/presence-nodes.ts'

const identity = (userId: string, tenant = 'acme'): Identity => ({ tenant, userId, roles: [], claims: {}, expiresAt: null })
const names = Array.from({ length: 30 }, (_, n) => `u${n}`)

/** Three nodes that are known to each other, and what their applications were told. */
async function subject(count = 3, knownForMs = 3_000) {
  const { clock, node } = presenceNodes()
  const told: string[] = []
  const up = (id: string) =>
    node(id, {
      onOnline: ({ tenant, userId }) => told.push(`${tenant} ${userId} online`),
      onOffline: ({ tenant, userId }) => told.push(`${tenant} ${userId} offline`),
    })
  const nodes = Array.from({ length: count }, (_, n) => up(`n${n + 1}`))
  await clock.advance(knownForMs)
  const all = (what: string, of = names): string[] => of.map((userId) => `acme ${userId} ${what}`).toSorted()
  const drained = (): string[] => told.splice(0).toSorted()
  // Holds: as many as were asked for.
  return { clock, up, nodes: nodes as [(typeof nodes)[0], ...typeof nodes], all, drained, told }
}

it('[PRE3] tells once of each person that they came, on whatever nodes, and once that they left, after the grace', async () => {
  const { clock, nodes, all, drained } = await subject()
  for (const [n, userId] of names.entries()) {
    nodes[n % 3]?.people.counted(identity(userId), 1)
    nodes[(n + 1) % 3]?.people.counted(identity(userId), 2)
  }
  await clock.advance(1_000)
  expect(drained()).toEqual(all('online'))
  for (const { people } of nodes) expect(people.online('acme')).toHaveLength(30)
  expect(nodes[0].people.online('acme')[0]).toEqual({ userId: 'u0', connections: 3 })
  for (const [n, userId] of names.entries()) nodes[n % 3]?.people.counted(identity(userId), 0)
  await clock.advance(60_000)
  expect(drained()).toEqual([])
  // A reload, on another node.
  for (const [n, userId] of names.entries()) nodes[(n + 1) % 3]?.people.counted(identity(userId), 0)
  await clock.advance(9_000)
  expect(nodes[1]?.people.online('acme')[0]).toEqual({ userId: 'u0', connections: 0 })
  for (const [n, userId] of names.entries()) nodes[(n + 2) % 3]?.people.counted(identity(userId), 1)
  await clock.advance(60_000)
  expect(drained()).toEqual([])
  for (const [n, userId] of names.entries()) nodes[(n + 2) % 3]?.people.counted(identity(userId), 0)
  await clock.advance(9_900)
  expect(drained()).toEqual([])
  await clock.advance(300)
  expect(drained()).toEqual(all('offline'))
  for (const { people } of nodes) expect(people.online('acme')).toEqual([])
})

it('[PRE3] says that those of a dead node left, after the grace, and repeats nobody who came long before', async () => {
  const { clock, nodes, all, drained } = await subject()
  for (const userId of names) nodes[2]?.people.counted(identity(userId), 1)
  await clock.advance(30_000)
  expect(drained()).toEqual(all('online'))
  nodes[2]?.freeze()
  await clock.advance(9_000)
  expect(drained()).toEqual([])
  await clock.advance(13_000)
  expect(drained()).toEqual(all('offline'))
})

it('[PRE3] misses nobody who came, or left, while their home was dead and not found so yet', async () => {
  const { clock, nodes, all, drained } = await subject()
  const [here, there] = [names.slice(0, 15), names.slice(15)]
  for (const userId of here) nodes[0].people.counted(identity(userId), 1)
  await clock.advance(20_000)
  drained()
  for (const userId of here) nodes[0].people.counted(identity(userId), 0)
  await clock.advance(9_500)
  nodes[2]?.freeze()
  for (const userId of there) nodes[1]?.people.counted(identity(userId), 1)
  await clock.advance(5_000)
  const before = drained()
  expect(before.length).toBeGreaterThan(0)
  await clock.advance(8_000)
  const after = drained()
  expect(after.length).toBeGreaterThan(0)
  expect([...before, ...after].toSorted()).toEqual([...all('online', there), ...all('offline', here)].toSorted())
  await clock.advance(60_000)
  expect(drained()).toEqual([])
})

it('[PRE3] repeats nothing when nodes come and leave, as in a deploy', async () => {
  const { clock, up, nodes, all, drained } = await subject(2)
  for (const [n, userId] of names.entries()) nodes[n % 2]?.people.counted(identity(userId), 1)
  await clock.advance(5_000)
  expect(drained()).toEqual(all('online'))
  const third = up('n3')
  await clock.advance(5_000)
  for (const [n, userId] of names.entries()) if (n % 2 === 0) nodes[0].people.counted(identity(userId), 0)
  await clock.advance(1_000)
  nodes[0].leave()
  await clock.advance(3_000)
  for (const [n, userId] of names.entries()) if (n % 2 === 0) third.people.counted(identity(userId), 1)
  await clock.advance(60_000)
  expect(drained()).toEqual([])
  expect(third.people.online('acme')).toHaveLength(30)
})

it('[PRE3] tells of those who come to a node in its first moment', async () => {
  const { clock, up, all, drained } = await subject(1)
  const second = up('n2')
  for (const userId of names) second.people.counted(identity(userId), 1)
  await clock.advance(1_000)
  expect(drained()).toEqual(all('online'))
})

it('[PRE3] tells of those who come while all nodes are new', async () => {
  const { clock, nodes, all, drained } = await subject(3, 0)
  for (const [n, userId] of names.entries()) nodes[n % 3]?.people.counted(identity(userId), 1)
  await clock.advance(1_000)
  expect(drained()).toEqual(all('online'))
})

it('[PRE3] [TEN1] keeps people of one name in two tenants apart', async () => {
  const { clock, nodes, drained } = await subject()
  nodes[0].people.counted(identity('asha', 'a'), 1)
  nodes[1]?.people.counted(identity('asha', 'b'), 1)
  await clock.advance(1_000)
  expect(drained()).toEqual(['a asha online', 'b asha online'])
  expect(nodes[2]?.people.online('a')).toEqual([{ userId: 'asha', connections: 1 }])
})

it('[PRE3] tells of each person in turn that they came and that they left, never the same twice, whatever connects where', async () => {
  const step = fc.record({
    kind: fc.constantFrom('more', 'more', 'less', 'wait', 'long'),
    on: fc.nat(2),
    userId: fc.constantFrom('asha', 'ravi', 'meena'),
    ms: fc.nat(9_000),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, nodes, told } = await subject()
      const counts = new Map<string, number>()
      for (const { kind, on, userId, ms } of steps) {
        const key = `${on} ${userId}`
        const before = counts.get(key) ?? 0
        const after = kind === 'more' ? before + 1 : kind === 'less' ? Math.max(0, before - 1) : before
        counts.set(key, after)
        if (after !== before) nodes[on]?.people.counted(identity(userId), after)
        else if (kind === 'wait' || kind === 'long') await clock.advance(kind === 'long' ? 11_000 : ms)
      }
      await clock.advance(12_000)
      for (const userId of ['asha', 'ravi', 'meena']) {
        const isOnline = [0, 1, 2].some((on) => (counts.get(`${on} ${userId}`) ?? 0) > 0)
        const heard = told.filter((line) => line.startsWith(`acme ${userId} `)).map((line) => line.split(' ')[2])
        expect(heard).toEqual(heard.map((_, n) => (n % 2 === 0 ? 'online' : 'offline')))
        expect(heard.length % 2).toBe(isOnline ? 1 : 0)
      }
    }),
    { seed: 9, numRuns: 100 },
  )
})

it('[PRE3] tells everybody to a node that comes while a large one has just answered another, once it may answer again', async () => {
  const { clock, up, nodes } = await subject(1)
  for (let n = 0; n < 3_000; n++) nodes[0].people.counted(identity(`u${n}`), 1)
  await clock.advance(3_000)
  const first = up('n2')
  await clock.advance(300)
  const second = up('n3')
  await clock.advance(300)
  expect([first, second].map(({ people }) => people.online('acme').length)).toEqual([3_000, 0])
  // 12 messages, and 100 ms for each of them.
  await clock.advance(900)
  expect(second.people.online('acme')).toHaveLength(3_000)
})
