import type { ChannelName } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Envelope } from '../broker/port.ts'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import { memoryLog } from '../log/memory-log.ts'
import type { PublicationLog } from '../log/port.ts'
import { Audit } from './audit.ts'
import { Feed } from './feed.ts'

const channel = channelKey('acme', 'mill:7' as ChannelName)

/** One node with one open channel; the broker is the test. */
async function subject(wrap: (log: PublicationLog) => PublicationLog = (log) => log) {
  const clock = manualClock()
  const log = memoryLog({ epoch: 'e1', clock })
  const delivered: Envelope[] = []
  const failures: unknown[] = []
  const onFailure = (error: unknown): void => void failures.push(error)
  let repaired = 0
  const feed = new Feed({ log, onFailure }, channel, { deliver: (envelope) => delivered.push(envelope), newEpoch: () => {} })
  await feed.open(true)
  const audit = new Audit({
    ...{ log: wrap(log), clock, onFailure },
    feeds: (): [ChannelKey, Feed][] => [[channel, feed]],
    onRepaired: (channels) => {
      repaired += channels
    },
  })
  const stored = (id: string) => ({ event: 'e', json: `"${id}"`, id, time: 1 })
  return {
    ...{ clock, log, feed, audit, delivered, failures },
    repaired: () => repaired,
    ids: () => delivered.map(({ id }) => id),
    async publish(id: string): Promise<Envelope> {
      const { position } = await log.append(channel, stored(id))
      return { ...stored(id), channel, delivery: 'durable', position }
    },
    async retain(id: string, key = ''): Promise<Envelope> {
      const revision = await log.retain(channel, key, stored(id))
      return { ...stored(id), channel, delivery: 'retained', key, revision }
    },
  }
}

it('[DLV1] delivers within a second what the broker has lost in silence', async () => {
  const { clock, publish, retain, ids, repaired } = await subject()
  await publish('a')
  await publish('b')
  await retain('c')
  await clock.advance(1_000)
  expect(ids()).toEqual(['a', 'b', 'c'])
  expect(repaired()).toBe(1)
})

it('reads nothing from the log for what is only on its way', async () => {
  const { clock, feed, publish, ids, repaired } = await subject()
  const late = await publish('a')
  await clock.advance(850)
  feed.accept(late)
  await clock.advance(1_000)
  expect([ids(), repaired()]).toEqual([['a'], 0])
})

it('[LOG3] keeps the newest retained value, in whatever order the broker brings two', async () => {
  const { feed, retain, ids } = await subject()
  const [older, newer] = [await retain('older'), await retain('newer')]
  feed.accept(newer)
  feed.accept(older)
  feed.accept(newer)
  expect(ids()).toEqual(['newer'])
  expect(feed.retained.map(({ id }) => id)).toEqual(['newer'])
})

it('[DLV1] delivers everything once and in order, whatever the broker loses, repeats or delays', async () => {
  const fate = fc.record({ kind: fc.constantFrom('lost', 'arrives', 'late', 'twice'), pauseMs: fc.nat(600) })
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 30 }), async (fates) => {
      const { clock, feed, publish, delivered } = await subject()
      const late: Envelope[] = []
      for (const [index, { kind, pauseMs }] of fates.entries()) {
        const envelope = await publish(`p${index}`)
        if (kind === 'late') late.push(envelope)
        if (kind === 'arrives' || kind === 'twice') feed.accept(envelope)
        if (kind === 'twice') feed.accept(envelope)
        await clock.advance(pauseMs)
      }
      for (const envelope of late.reverse()) feed.accept(envelope)
      await clock.advance(2_000)
      expect(delivered.map(({ position }) => position?.offset)).toEqual(fates.map((_, index) => index + 1))
    }),
    { seed: 11, numRuns: 60 },
  )
})

it('[HLT2] goes on after a store that failed, and asks one that is slow only once', async () => {
  let asked = 0
  let down = true
  const { clock, publish, ids, failures } = await subject((log) => ({
    ...log,
    async heads(channels) {
      asked++
      if (down) await new Promise<void>((_, reject) => clock.after(5_000, () => reject(new Error('down'))))
      return log.heads(channels)
    },
  }))
  await publish('a')
  await clock.advance(4_000)
  expect(asked).toBe(1)
  await clock.advance(2_000)
  down = false
  await clock.advance(7_000)
  expect([ids(), failures.length]).toEqual([['a'], 1])
})

it('[DLV1] asks where a channel stands once, and from then on what has changed: a node with many channels asks for none of them', async () => {
  const asked = { heads: 0, changes: 0 }
  let failing = 0
  const { clock, feed, publish, retain, ids, failures } = await subject((log) => ({
    ...log,
    async heads(channels) {
      asked.heads += 1
      return log.heads(channels)
    },
    async changes(mark) {
      asked.changes += 1
      if (failing-- > 0) throw new Error('down')
      const [head] = await log.heads([channel])
      const now = JSON.stringify(head)
      if (head === undefined || mark === null) return { mark: now, heads: null }
      return { mark: now, heads: new Map(mark === now ? [] : [[channel, head]]) }
    },
  }))
  await publish('a')
  await clock.advance(1_000)
  expect([ids(), asked.heads]).toEqual([['a'], 1])
  feed.accept(await publish('b'))
  await publish('c')
  await retain('d')
  await clock.advance(1_000)
  await publish('e')
  failing = 1
  await clock.advance(2_000)
  expect([ids(), asked.heads, failures.length]).toEqual([['a', 'b', 'c', 'd', 'e'], 1, 1])
  const before = asked.changes
  await clock.advance(8_000)
  expect([asked.changes - before, asked.heads]).toEqual([10, 1])
})

it('[HLT2] is told again of what could not be read', async () => {
  let down = true
  const source = manualClock()
  const log = memoryLog({ epoch: 'e1', clock: source })
  const ids: string[] = []
  const failures: unknown[] = []
  const onFailure = (error: unknown): void => void failures.push(error)
  const reading: PublicationLog = { ...log, read: (...of) => (down ? Promise.reject(new Error('down')) : log.read(...of)) }
  const feed = new Feed({ log: reading, onFailure }, channel, { deliver: ({ id }) => ids.push(id), newEpoch: () => {} })
  await feed.open(true)
  let told = 0
  const changes: PublicationLog['changes'] = async (mark) => {
    const [head] = await log.heads([channel])
    told += 1
    // What changed after the first mark is told by that mark alone.
    return { mark: `${told}`, heads: mark === null || head === undefined ? null : new Map(mark === '1' ? [[channel, head]] : []) }
  }
  const audit = new Audit({ log: { ...reading, changes }, clock: source, onFailure, feeds: () => [[channel, feed]], onRepaired: () => {} })
  await source.advance(800)
  await log.append(channel, { event: 'e', json: '1', id: 'a', time: 1 })
  await source.advance(3_000)
  expect(ids).toEqual([])
  down = false
  await source.advance(1_000)
  expect(ids).toEqual(['a'])
  expect(failures.length).toBeGreaterThan(0)
  audit.close()
})
