import type { ChannelName } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Envelope } from '../broker/port.ts'
import { channelKey } from '../channel-key.ts'
import { memoryLog } from '../log/memory-log.ts'
import { Feed } from './feed.ts'

const channel = channelKey('acme', 'mill:7' as ChannelName)

function subject(epoch = 'e1') {
  const log = memoryLog({ epoch, clock: manualClock() })
  const delivered: Envelope[] = []
  let epochs = 0
  const onFailure = (error: unknown): never => {
    throw error
  }
  const feed = new Feed({ log, onFailure }, channel, {
    deliver: (envelope) => delivered.push(envelope),
    newEpoch: () => epochs++,
  })
  async function publish(id: string): Promise<Envelope> {
    const stored = { event: 'e', json: `"${id}"`, id, time: 1 }
    const { position } = await log.append(channel, stored)
    return { ...stored, channel, delivery: 'durable', position }
  }
  return { log, feed, publish, delivered, offsets: () => delivered.map(({ position }) => position?.offset), epochs: () => epochs }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

it('[LOG3] delivers in offset order, once, whatever the broker loses, repeats or reorders', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ lost: fc.boolean(), repeated: fc.boolean(), swapped: fc.boolean() }), { minLength: 1, maxLength: 40 }),
      async (fates) => {
        const { feed, publish, offsets } = subject()
        await feed.open(false)
        let held: Envelope | undefined
        for (const [index, fate] of fates.entries()) {
          const envelope = await publish(`p${index}`)
          if (fate.swapped && held === undefined) {
            held = envelope
            continue
          }
          if (!fate.lost) feed.accept(envelope)
          if (fate.repeated) feed.accept(envelope)
          if (held !== undefined) feed.accept(held)
          held = undefined
        }
        feed.accept(await publish('last'))
        await settle()
        expect(offsets()).toEqual(Array.from({ length: fates.length + 1 }, (_, index) => index + 1))
      },
    ),
    { seed: 7 },
  )
})

it('[LOG3] holds back what arrives while it opens, and begins after the head', async () => {
  const { feed, publish, offsets } = subject()
  await publish('before')
  const opening = feed.open(false)
  feed.accept(await publish('meanwhile'))
  await opening
  feed.accept(await publish('after'))
  await settle()
  expect(offsets()).toEqual([2, 3])
})

it('keeps the newest retained value of each event and key, the broker’s before the log’s', async () => {
  const { feed, log } = subject()
  const value = (json: string) => ({ event: 'stats', json, id: json, time: 1 })
  await log.retain(channel, 'a', value('1'))
  await log.retain(channel, 'b', value('2'))
  const opening = feed.open(true)
  feed.accept({ ...value('3'), channel, delivery: 'retained', key: 'a', revision: 3 })
  await opening
  expect(feed.retained.map(({ key, json }) => [key, json])).toEqual([
    ['b', '2'],
    ['a', '3'],
  ])
})

it('[LOG3] reads nothing from the log for what comes within its grace, and what is missing after it', async () => {
  const log = memoryLog({ epoch: 'e1', clock: manualClock() })
  const waiting: (() => void)[] = []
  const delivered: (number | undefined)[] = []
  let reads = 0
  const counting = { ...log, read: (...args: Parameters<typeof log.read>) => log.read(...args).finally(() => reads++) }
  const source = { log: counting, onFailure: () => {}, afterGrace: (run: () => void) => void waiting.push(run) }
  const feed = new Feed(source, channel, { deliver: ({ position }) => delivered.push(position?.offset), newEpoch: () => {} })
  await feed.open(false)
  async function publish(): Promise<Envelope> {
    const stored = { event: 'e', json: '1', id: 'i', time: 1 }
    const { position } = await log.append(channel, stored)
    return { ...stored, channel, delivery: 'durable', position }
  }
  const [first, second, , fourth] = [await publish(), await publish(), await publish(), await publish()]
  feed.accept(second)
  feed.accept(first)
  for (const run of waiting.splice(0)) run()
  await settle()
  expect([delivered, reads]).toEqual([[1, 2], 0])
  feed.accept(fourth)
  expect(delivered).toEqual([1, 2])
  for (const run of waiting.splice(0)) run()
  await settle()
  expect([delivered, reads]).toEqual([[1, 2, 3, 4], 1])
})

it('[LOG6] asks for new subscriptions when the log begins a new epoch', async () => {
  const { feed, publish, epochs, delivered } = subject()
  await feed.open(false)
  const envelope = await publish('a')
  feed.accept({ ...envelope, position: { epoch: 'e2', offset: 9 } })
  expect(epochs()).toBe(1)
  expect(feed.position).toEqual({ epoch: 'e2', offset: 9 })
  expect(delivered).toEqual([])
})

it('[LOG6] forgets, with the epoch, retained values that the store has lost, and reads those that it has', async () => {
  const { feed, log, delivered } = subject()
  const value = (json: string) => ({ event: 'stats', json, id: json, time: 1 })
  await feed.open(true)
  for (const [key, json] of [
    ['a', 'lost'],
    ['b', 'lost too'],
  ] as const)
    feed.accept({ ...value(json), channel, delivery: 'retained', key, revision: 1_000 })
  await log.retain(channel, 'a', value('restored'))
  feed.accept({ ...value('x'), channel, delivery: 'durable', position: { epoch: 'e2', offset: 1 } })
  await settle()
  expect(feed.retained.map(({ key, json }) => [key, json])).toEqual([['a', 'restored']])
  expect(delivered.map(({ json }) => json)).toEqual(['lost', 'lost too', 'restored'])
})
