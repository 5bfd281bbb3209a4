import type { ChannelName, PresenceMember } from '@millrace/contract'
import type { PresenceMessage } from '@millrace/contract/wire'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { type PresenceNode, presenceNodes } from '../testing/presence-nodes.ts'

const key = channelKey('acme', 'mill:1' as ChannelName)

const names = (members: readonly PresenceMember[]): string => members.map(({ userId, connections }) => `${userId} ${connections}`).join()

/** What a client knows that has heard this. */
function view(heard: readonly PresenceMessage[]): string {
  const known = new Map<string, PresenceMember>()
  for (const message of heard) {
    if (message.kind === 'sync') known.clear()
    if (message.kind === 'sync' || message.kind === 'changes') for (const member of message.members) known.set(member.userId, member)
    if (message.kind === 'changes') for (const userId of message.left) known.delete(userId)
  }
  return names([...known.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1)))
}

function join(node: PresenceNode, id: string, state: unknown = null) {
  const joined = node.connection(id)
  node.presence.join(joined.connection, key, state)
  return joined
}

function watch(node: PresenceNode, id: string) {
  const watching = node.connection(id)
  node.presence.watch(watching.connection, key)
  return watching
}

it('[PRE1] [PRE2] shows one person on two nodes as one member, and lets those of a dead node go within 15 s', async () => {
  const { clock, node, failures } = presenceNodes()
  const [here, there] = [node('n1'), node('n2')]
  const onlooker = watch(here, 'nila')
  await clock.advance(200)
  expect(onlooker.heard).toEqual([{ channel: 'mill:1', kind: 'sync', members: [] }])
  join(there, 'asha-1')
  await clock.advance(250)
  join(here, 'asha-2')
  await clock.advance(250)
  expect(view(onlooker.heard)).toBe('asha 2')
  there.freeze()
  await clock.advance(7_500)
  expect(view(onlooker.heard)).toBe('asha 2')
  await clock.advance(7_000)
  expect(view(onlooker.heard)).toBe('asha 1')
  there.thaw()
  await clock.advance(2_500)
  expect(view(onlooker.heard)).toBe('asha 2')
  void there.membership.leave()
  await clock.advance(250)
  expect(view(onlooker.heard)).toBe('asha 1')
  expect(failures).toEqual([])
})

it('[PRE2] has those of a node that was frozen back when it goes on, after its next beat', async () => {
  for (let frozenMs = 12_000; frozenMs < 22_000; frozenMs += 900) {
    const { clock, node } = presenceNodes()
    const [here, there] = [node('n1'), node('n2')]
    const onlooker = watch(here, 'nila')
    join(there, 'asha-1')
    await clock.advance(1_000)
    there.freeze()
    await clock.advance(frozenMs)
    expect(view(onlooker.heard)).toBe('')
    there.thaw()
    await clock.advance(2_300)
    expect(view(onlooker.heard)).toBe('asha 1')
  }
})

it('[PRE1] waits for the others before it says who is here, and asks them where nobody here looks', async () => {
  const { clock, node } = presenceNodes()
  const [here, there] = [node('n1'), node('n2')]
  join(there, 'asha-1')
  await clock.advance(1_000)
  const onlooker = watch(here, 'nila')
  await clock.advance(199)
  expect(onlooker.heard).toEqual([])
  await clock.advance(1)
  expect(view(onlooker.heard)).toBe('asha 1')
  const third = node('n3')
  const asked = Promise.all([third.presence.members(key), third.presence.count(key)])
  await clock.advance(200)
  const [members, count] = await asked
  expect([names(members), count]).toEqual(['asha 1', 1])
  await clock.advance(60_000)
  expect([here, there, third].map(({ presence }) => presence.size)).toEqual([1, 1, 0])
})

it('[PRE1] finds out within ten seconds what the broker has lost', async () => {
  const { clock, node } = presenceNodes()
  const [here, there] = [node('n1'), node('n2')]
  const onlooker = watch(here, 'nila')
  const left = join(there, 'ravi-1')
  await clock.advance(1_000)
  here.broker.loses = ({ event, channel }) => event === 'node' && channel === 'acme/$presence:mill:1'
  join(there, 'asha-1')
  there.presence.leave(left.connection, key)
  await clock.advance(1_000)
  expect(view(onlooker.heard)).toBe('ravi 1')
  here.broker.loses = () => false
  await clock.advance(10_000)
  expect(view(onlooker.heard)).toBe('asha 1')
})

it('[PRE2] thinks nobody dead while the broker is away, and compares at once when it is back', async () => {
  const { clock, node } = presenceNodes()
  const [here, there] = [node('n1'), node('n2')]
  const onlooker = watch(here, 'nila')
  const leaving = join(there, 'asha-1')
  await clock.advance(1_000)
  for (const { broker } of [here, there]) broker.down = true
  await clock.advance(120_000)
  expect(view(onlooker.heard)).toBe('asha 1')
  there.presence.leave(leaving.connection, key)
  join(there, 'ravi-1')
  await clock.advance(1_000)
  for (const { broker } of [here, there]) broker.down = false
  await clock.advance(300)
  expect(view(onlooker.heard)).toBe('ravi 1')
})

it('[PRE5] tells changes at once, and then at most four times a second, their net effect', async () => {
  const { clock, node } = presenceNodes()
  const here = node('n1')
  const onlooker = watch(here, 'nila')
  await clock.advance(200)
  join(here, 'u0-1')
  expect(view(onlooker.heard)).toBe('u0 1')
  for (let n = 1; n <= 400; n++) {
    const { connection } = join(here, `u${n}-1`)
    if (n % 2 === 0) here.presence.leave(connection, key)
    if (n % 100 === 0) await clock.advance(100)
  }
  await clock.advance(1_000)
  expect(onlooker.heard.length).toBeLessThanOrEqual(2 + 3)
  expect(view(onlooker.heard).split(',')).toHaveLength(201)
  expect(onlooker.heard.flatMap((message) => (message.kind === 'changes' ? message.left : []))).toEqual([])
})

it('[PRE5] tells a large channel in parts, and what changes meanwhile', async () => {
  const { clock, node } = presenceNodes()
  const here = node('n1')
  const joined = Array.from({ length: 1_200 }, (_, n) => join(here, `u${n}-1`))
  await clock.advance(1_000)
  const { connection, heard } = here.connection('nila')
  const goOn: (() => void)[] = []
  here.presence.watch({ ...connection, drained: () => new Promise((resolve) => goOn.push(resolve)) }, key)
  expect(heard.map((message) => ('members' in message ? message.members.length : 0))).toEqual([500])
  // Known to the watcher already, and not yet.
  for (const n of [3, 1_100]) here.presence.leave(joined[n]?.connection ?? connection, key)
  await clock.advance(1_000)
  for (let part = 0; part < 2; part++) {
    goOn.shift()?.()
    await clock.advance(0)
  }
  expect(view(heard).split(',')).toHaveLength(1_198)
  expect(await here.presence.count(key)).toBe(1_198)
})

it('[PRE1] lets a channel go when the last who is in it or watches leaves', async () => {
  const { clock, node, failures } = presenceNodes()
  const here = node('n1')
  await clock.advance(5_000)
  const [asha, ravi] = [join(here, 'asha-1'), join(here, 'ravi-1')]
  for (const { connection } of [asha, asha, ravi]) here.presence.watch(connection, key)
  await clock.advance(1_000)
  here.presence.leave(asha.connection, key)
  expect(here.presence.size).toBe(1)
  here.presence.leave(ravi.connection, key)
  here.presence.leave(ravi.connection, key)
  expect(here.presence.size).toBe(0)
  here.presence.update(ravi.connection, key, 'late')
  here.leave()
  await clock.advance(0)
  expect([clock.pending, failures]).toEqual([0, []])
})

it('[PRE2] brings nobody back by what a node that left has said last', async () => {
  const { clock, node } = presenceNodes()
  const [here, there] = [node('n1'), node('n2')]
  const onlooker = watch(here, 'nila')
  join(there, 'asha-1')
  await clock.advance(1_000)
  void there.membership.leave()
  join(there, 'ravi-1')
  await clock.advance(60_000)
  expect(view(onlooker.heard)).toBe('')
  expect(here.membership.others).toEqual([])
})

it('[PRE1] [PRE5] leaves every watcher with exactly the members, whenever it came and whatever happened meanwhile', async () => {
  const step = fc.record({
    kind: fc.constantFrom('join', 'join', 'leave', 'watch', 'away', 'wait', 'lose', 'bring'),
    on: fc.nat(1),
    who: fc.constantFrom('asha-1', 'asha-2', 'ravi-1', 'meena-1'),
    ms: fc.nat(300),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { clock, node, failures } = presenceNodes()
      const nodes: readonly [PresenceNode, PresenceNode] = [node('n1'), node('n2')]
      const watching = new Map<string, { readonly node: PresenceNode } & ReturnType<typeof watch>>()
      const joined = new Map<string, { readonly node: PresenceNode } & ReturnType<typeof join>>()
      for (const { kind, on, who, ms } of steps) {
        const at = nodes[on] ?? nodes[0]
        const id = `${who}-${on}`
        if (kind === 'join') joined.set(id, { node: at, ...join(at, id, ms) })
        else if (kind === 'leave') {
          const known = joined.get(id)
          if (joined.delete(id) && known !== undefined) known.node.presence.leave(known.connection, key)
        } else if (kind === 'watch') {
          if (!watching.has(id)) watching.set(id, { node: at, ...watch(at, `watcher-${id}`) })
        } else if (kind === 'away') {
          const known = watching.get(id)
          if (watching.delete(id) && known !== undefined) known.node.presence.leave(known.connection, key)
        } else if (kind === 'wait') await clock.advance(ms)
        else at.broker.loses = () => kind === 'lose'
      }
      for (const { broker } of nodes) broker.loses = () => false
      await clock.advance(35_000)
      const expected = new Map<string, number>()
      for (const id of joined.keys()) {
        const userId = id.split('-')[0] ?? ''
        expected.set(userId, (expected.get(userId) ?? 0) + 1)
      }
      const all = [...expected].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([userId, count]) => `${userId} ${count}`)
      for (const { heard } of watching.values()) expect(view(heard)).toBe(all.join())
      expect(failures).toEqual([])
    }),
    { seed: 3, numRuns: 150 },
  )
})
