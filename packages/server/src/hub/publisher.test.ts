import { channel, defineContract, event } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { localBroker } from '../broker/local.ts'
import type { Envelope } from '../broker/port.ts'
import { channelKey } from '../channel-key.ts'
import { noQuotas, type TenantQuotas } from '../limits/tenant-quotas.ts'
import { memoryLog } from '../log/memory-log.ts'
import type { PublicationLog } from '../log/port.ts'
import { memoryOutbox } from '../outbox/memory-outbox.ts'
import { Publisher, type PublisherOptions } from './publisher.ts'

const { channels } = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        tick: event(z.object({ n: z.number() })),
        late: event({ '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new Error('the database is down')) } }),
        stats: event(z.object({ mill: z.string() }), { delivery: 'retained', key: ({ mill }) => mill }),
      },
    }),
  },
})
const mill = channels.mill({ millId: 1 })
const key = channelKey('acme', mill.name)

async function subject(wrap: (log: PublicationLog) => PublicationLog = (log) => log, options: Partial<PublisherOptions> = {}) {
  const clock = manualClock()
  const log = memoryLog({ epoch: 'e1', clock })
  const broker = localBroker()
  const sent: Envelope[] = []
  broker.listen((envelope) => sent.push(envelope))
  await broker.subscribe(key)
  let id = 0
  const publisher = new Publisher({
    log: wrap(log),
    outbox: memoryOutbox(log),
    broker,
    clock,
    newId: () => `p${++id}`,
    payloadMaxBytes: 100,
    quotas: noQuotas,
    readersOf: () => 0,
    onPublished: () => {},
    onAppended: () => {},
    onRelayed: () => {},
    onRefused: () => {},
    ...options,
  })
  const publish = (event: string, data: unknown, more: { idempotencyKey?: string; tx?: unknown } = {}) =>
    publisher.publish({ tenant: 'acme', channel: mill, event, data, ...more })
  return { log, sent, publish }
}

it('[DLV3] neither answers nor sends before the log has the publication', async () => {
  let store: () => void = () => {}
  const stored = new Promise<void>((resolve) => {
    store = resolve
  })
  const { sent, publish } = await subject((log) => ({ ...log, append: (...args) => stored.then(() => log.append(...args)) }))
  let answered = false
  const publishing = publish('tick', { n: 1 }).then((published) => {
    answered = true
    return published
  })
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  expect([answered, sent]).toEqual([false, []])
  store()
  expect((await publishing).position).toEqual({ epoch: 'e1', offset: 1 })
  expect(sent).toMatchObject([{ event: 'tick', json: '{"n":1}', position: { offset: 1 } }])
})

it('[DLV3] rejects, and sends nothing, when the log cannot store', async () => {
  const { sent, publish } = await subject((log) => ({ ...log, append: () => Promise.reject(new Error('disk full')) }))
  await expect(publish('tick', { n: 1 })).rejects.toThrow('disk full')
  expect(sent).toEqual([])
})

it('[LOG4] sends a publication once, however often it is published with one idempotency key', async () => {
  const { sent, publish } = await subject()
  const first = await publish('tick', { n: 1 }, { idempotencyKey: 'k' })
  const second = await publish('tick', { n: 1 }, { idempotencyKey: 'k' })
  expect(second).toEqual(first)
  expect(sent).toHaveLength(1)
})

it('[CON3] refuses a payload that is not valid, with the path of each fault, and stores nothing of it', async () => {
  const { log, sent, publish } = await subject()
  const refusal = await Promise.resolve()
    .then(() => publish('tick', { n: 'one' }))
    .catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'invalid_payload', details: { faults: [{ path: 'n' }] } })
  expect(sent).toEqual([])
  expect((await log.head(key)).offset).toBe(0)
})

it('[LOG7] refuses a payload over the limit before it is stored', async () => {
  const { log, publish } = await subject()
  await expect(publish('stats', { mill: 'x'.repeat(200) })).rejects.toMatchObject({ code: 'payload_too_large' })
  expect(await log.retained(key)).toEqual([])
})

it('keeps a retained value under its own key', async () => {
  const { log, publish, sent } = await subject()
  await publish('stats', { mill: 'a' })
  await publish('stats', { mill: 'b' })
  await publish('stats', { mill: 'a' })
  expect((await log.retained(key)).map((value) => value.key)).toEqual(['b', 'a'])
  expect(sent.map((envelope) => envelope.key)).toEqual(['a', 'b', 'a'])
})

it('refuses an idempotency key inside a transaction: the business row is what guards it there', async () => {
  const { publish } = await subject()
  expect(() => publish('tick', { n: 1 }, { tx: {}, idempotencyKey: 'k' })).toThrow('guard the business row')
})

/** A tenant whose quota is used up when the test says so. */
function quota() {
  const state = { full: false, charged: [] as number[] }
  const quotas: Pick<TenantQuotas, 'publication' | 'published'> = {
    publication: () => (state.full ? { quota: 'bytes', retryAfterMs: 70 } : null),
    published: (_, bytes) => void state.charged.push(bytes),
  }
  return { state, quotas }
}
const usedUp = { code: 'rate_limited', retry: true, details: { quota: 'bytes', retryAfterMs: 70 } }

it('[TEN3] refuses what is over the quota before anything is done for it', async () => {
  const { state, quotas } = quota()
  const { log, sent, publish } = await subject(undefined, { quotas, readersOf: () => 3 })
  state.full = true
  // Not even looked at: it would not be valid.
  await expect(publish('tick', { n: 'one' })).rejects.toMatchObject(usedUp)
  expect([sent, (await log.head(key)).offset, state.charged]).toEqual([[], 0, []])
})

it('[TEN3] counts the payload for each who hears it, and once where nobody does', async () => {
  const { state, quotas } = quota()
  let readers = 0
  const { publish } = await subject(undefined, { quotas, readersOf: (channel) => (channel === key ? readers : 0) })
  await publish('tick', { n: 1 })
  readers = 1_000
  await publish('tick', { n: 1 })
  await expect(publish('tick', {})).rejects.toMatchObject({ code: 'invalid_payload' })
  expect(state.charged).toEqual([7, 7_000])
})

it('[TEN3] throws it from the call inside a transaction, which rolls back, and writes nothing', async () => {
  const { state, quotas } = quota()
  const written: unknown[] = []
  const outbox = {
    ...memoryOutbox(memoryLog({ epoch: 'e1', clock: manualClock() })),
    write: (_: unknown, drafts: readonly unknown[]) => void written.push(...drafts),
  }
  const { publish } = await subject(undefined, { quotas, outbox })
  await publish('tick', { n: 1 }, { tx: {} })
  state.full = true
  expect(() => publish('tick', { n: 1 }, { tx: {} })).toThrow(expect.objectContaining(usedUp))
  expect([written.length, state.charged]).toEqual([1, [7]])
})

it('[CON3] leaves no failure behind of an asynchronous schema that a transaction cannot wait for', async () => {
  const { publish } = await subject()
  expect(() => publish('late', 'x', { tx: {} })).toThrow('is asynchronous')
})
