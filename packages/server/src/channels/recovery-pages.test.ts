import type { Position } from '@millrace/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogRead } from '../log/port.ts'
import { channelNode, key, received, settle } from '../testing/channel-node.ts'

const at = (offset: number): Position => ({ epoch: 'e1', offset })
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

type Step =
  | { readonly do: 'publish' }
  /** Stored, and not carried to this node. */
  | { readonly do: 'lose' }
  | { readonly do: 'come'; readonly back: number; readonly namespace: string }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'cut'; readonly keep: number }
  | { readonly do: 'leave' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('publish' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('come' as const), back: fc.nat({ max: 14 }), namespace: fc.constantFrom('/', '/b') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.nat({ max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), keep: fc.nat({ max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const) }) },
)

describe('recovery pages', () => {
  it('[REC1] give every reader what its own reading of the log would, whoever else reads, publishes or cuts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          pageSize: fc.integer({ min: 1, max: 9 }),
          chunkMaxBytes: fc.integer({ min: 1, max: 500 }),
          maxBytes: fc.constantFrom(0, 1_000, 100_000),
          delay: fc.nat({ max: 5 }),
        }),
        fc.array(step, { minLength: 5, maxLength: 60 }),
        async ({ delay, ...options }, steps) => {
          const node = channelNode({
            ...options,
            wrap: (log) => ({
              ...log,
              async read(...args) {
                await turns(delay)
                return log.read(...args)
              },
            }),
          })
          const came: { reader: ReturnType<typeof node.reader>; since: number; read: LogRead }[] = []
          const ended: Promise<unknown>[] = []
          let head = 0
          for (let count = 0; count < 10; count++, head++) await node.publish()
          for (const next of steps) {
            if (next.do === 'publish' || next.do === 'lose') {
              head++
              if (next.do === 'publish') await node.publish()
              else await node.append()
            } else if (next.do === 'come') {
              const since = Math.max(0, head - next.back)
              const reader = node.reader(`c${came.length}`, { namespace: next.namespace })
              // The reading that nobody shares.
              const read = await node.log.read(key, at(since), 1_000)
              came.push({ reader, since, read })
              ended.push(reader.subscribe(at(since)).catch((error: unknown) => error))
            } else if (next.do === 'turns') await turns(next.count)
            else if (next.do === 'leave') came.at(-1)?.reader.connection.disconnect('draining')
            else {
              await settle()
              await node.log.trim(() => ({ maxAgeMs: 1e9, maxCount: next.keep }), node.clock.now())
              // What is kept of a page is given up in time.
              await node.clock.advance(1_000)
            }
            expect(node.pages.bytes).toBeLessThanOrEqual(options.maxBytes)
          }
          await node.publish()
          head++
          await Promise.all(ended)
          await settle()
          const stored = new Map<number, unknown>()
          for (const { read } of came)
            if (read.kind === 'page') for (const publication of read.publications) stored.set(publication.offset, received(publication))
          for (const { reader, since, read } of came) {
            // Also those who are to come again: what they had not heard was cut.
            if (!reader.state.connected) continue
            const offsets = reader.sent.flatMap((item) => ('reply' in item ? [] : 'live' in item ? [item.live] : [item.recovered]))
            const [reply = {}] = reader.sent.flatMap((item) => ('reply' in item ? [item.reply] : []))
            // Holds: it is a `SubscribedReply`.
            const from = read.kind === 'gap' ? (reply.position as Position).offset : since
            if (read.kind === 'gap') expect(reply).toMatchObject({ kind: 'gap', why: read.why })
            else expect(reply).toMatchObject({ kind: 'recovered' })
            expect(offsets).toEqual(Array.from({ length: head - from }, (_, index) => from + index + 1))
            expect(reader.frames.every(({ namespace }) => namespace === reader.connection.namespace)).toBe(true)
            // Recovered, then the reply, then live.
            const kinds = reader.sent.map((item) => ('recovered' in item ? 0 : 'reply' in item ? 1 : 2))
            expect(kinds).toEqual([...kinds].sort())
            for (const [index, offset] of offsets.entries())
              if (stored.has(offset)) expect(reader.publications[index]).toEqual(stored.get(offset))
          }
          for (const { reader } of came) reader.subscriptions.end()
          await node.clock.advance(3_000)
          expect([node.pages.bytes, node.clock.pending]).toEqual([0, 0])
        },
      ),
      { seed: 23, numRuns: 500 },
    )
  })

  it('[REC2] read the log a handful of times for a thousand clients that come back, and encode each stretch once', async () => {
    const node = channelNode({ pageSize: 500, chunkMaxBytes: 65_536 })
    for (let count = 0; count < 120; count++) await node.publish()
    const before = { ...node.counts }
    const readers = Array.from({ length: 1_000 }, (_, index) => node.reader(`c${index}`))
    // Most have missed twenty, some a few more.
    const sinceOf = (index: number): number => (index % 10 === 0 ? 99 - (index % 7) : 100)
    await Promise.all(readers.map((reader, index) => reader.subscribe(at(sinceOf(index)))))
    for (const [index, { sent }] of readers.entries()) expect(sent).toHaveLength(120 - sinceOf(index) + 1)
    expect(node.counts.reads - before.reads).toBeLessThanOrEqual(3)
    expect(node.counts.frames - before.frames).toBe(8)
    expect(new Set(readers.flatMap(({ frames }) => frames)).size).toBe(8)
  })

  it('[REC2] read nothing more for those who come back one by one while others publish', async () => {
    const node = channelNode({ pageSize: 500, chunkMaxBytes: 65_536 })
    const seated = node.reader('seated')
    await seated.subscribe()
    for (let count = 0; count < 120; count++) await node.publish()
    const before = node.counts.reads
    for (let index = 0; index < 1_000; index++) {
      const reader = node.reader(`c${index}`)
      await reader.subscribe(at(100))
      expect(reader.publications).toHaveLength(20 + Math.floor(index / 10))
      if (index % 10 === 9) await node.publish()
    }
    expect(node.counts.reads - before).toBe(1)
  })

  it('[LOG5] read the log once for a thousand clients that come back too late', async () => {
    const node = channelNode({ pageSize: 500 })
    for (let count = 0; count < 120; count++) await node.publish()
    await node.log.trim(() => ({ maxAgeMs: 1e9, maxCount: 10 }), node.clock.now())
    const before = node.counts.reads
    const readers = Array.from({ length: 1_000 }, (_, index) => node.reader(`c${index}`))
    await Promise.all(readers.map((reader) => reader.subscribe(at(100))))
    for (const { sent } of readers) expect(sent).toMatchObject([{ reply: { kind: 'gap', why: 'expired', position: { offset: 120 } } }])
    expect(node.counts.reads - before).toBe(1)
    for (const since of [115, 110]) {
      const inTime = node.reader(`since ${since}`)
      await inTime.subscribe(at(since))
      expect(inTime.publications).toHaveLength(120 - since)
    }
  })

  it('[LOG5] replay what retention cuts for a moment, and no longer', async () => {
    const node = channelNode({ pageSize: 500 })
    const seated = node.reader('seated')
    await seated.subscribe()
    for (let count = 0; count < 20; count++) await node.publish()
    const replyTo = async (id: string) => {
      const reader = node.reader(id)
      await reader.subscribe(at(5))
      return reader.sent.at(-1)
    }
    expect(await replyTo('before')).toMatchObject({ reply: { kind: 'recovered', count: 15 } })
    await node.log.trim(() => ({ maxAgeMs: 1e9, maxCount: 2 }), node.clock.now())
    await node.clock.advance(999)
    expect(await replyTo('right after')).toMatchObject({ reply: { kind: 'recovered', count: 15 } })
    await node.clock.advance(1)
    expect(await replyTo('later')).toMatchObject({ reply: { kind: 'gap', why: 'expired' } })
  })

  it('[LOG6] keep nothing of another epoch', async () => {
    let epoch = 'e1'
    const node = channelNode({
      wrap: (log) => ({
        ...log,
        head: async (channel) => ({ ...(await log.head(channel)), epoch }),
        read: async (channel, since, limit) => {
          const head = { ...(await log.head(channel)), epoch }
          return since.epoch === epoch ? log.read(channel, { ...since, epoch: 'e1' }, limit) : { kind: 'gap', why: 'new-epoch', head }
        },
      }),
    })
    for (let count = 0; count < 3; count++) await node.publish()
    const first = node.reader('first')
    await first.subscribe(at(0))
    expect(first.sent.at(-1)).toMatchObject({ reply: { kind: 'recovered', count: 3 } })
    first.subscriptions.end()
    epoch = 'e2'
    const second = node.reader('second')
    await second.subscribe({ epoch: 'e1', offset: 0 })
    expect(second.sent).toMatchObject([{ reply: { kind: 'gap', why: 'new-epoch', position: { epoch: 'e2', offset: 3 } } }])
    const third = node.reader('third')
    await third.subscribe({ epoch: 'e2', offset: 1 })
    expect(third.publications).toMatchObject([
      { o: 2, p: 'e2' },
      { o: 3, p: 'e2' },
    ])
  })

  it('[LOG6] send nothing more when the log begins anew while it is read', async () => {
    const node = channelNode({
      wrap: (log) => ({ ...log, read: (...args) => turns(50).then(() => log.read(...args)) }),
    })
    for (let count = 0; count < 3; count++) await node.publish()
    const reader = node.reader()
    const subscribing = reader.subscribe(at(0))
    await turns(40)
    const position = { epoch: 'e2', offset: 7 }
    await node.carry({ ...(await node.append()), position })
    await subscribing
    expect(reader.sent).toMatchObject([{ reply: { kind: 'gap', why: 'new-epoch', position } }])
  })

  it('ask a store that is down once for all who wait, and again for those who come later', async () => {
    let down = true
    const node = channelNode({
      wrap: (log) => ({ ...log, read: (...args) => log.read(...args).then((read) => (down ? Promise.reject(new Error('down')) : read)) }),
    })
    for (let count = 0; count < 3; count++) await node.publish()
    const ask = (id: string) => node.reader(id).subscribe(at(0))
    const refused = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => ask(`c${index}`)))
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true)
    expect(node.counts.reads).toBe(1)
    down = false
    await ask('later')
    expect(node.feeds.size).toBe(1)
  })
})
