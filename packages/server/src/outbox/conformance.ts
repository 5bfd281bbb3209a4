import type { ChannelName, Clock } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import type { Envelope } from '../broker/port.ts'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import type { PublicationLog } from '../log/port.ts'
import { type ConformanceGaps, type ConformanceTransactions, rulesWithGaps } from '../store-conformance.ts'
import type { Outbox, OutboxEntry } from './port.ts'

/** An outbox, the log that it moves entries to, and the application's transactions on their database. */
export interface OutboxStore {
  readonly outbox: Outbox
  readonly log: PublicationLog
  readonly transactions: ConformanceTransactions
}

export interface OutboxSubject {
  readonly name: string
  /** A new store that shares nothing with an earlier call's. */
  create(options: { readonly clock: Clock }): Promise<OutboxStore>
  /** Closes the store and opens what it has kept, as a process does that starts again. */
  reopen(store: OutboxStore): Promise<OutboxStore>
  dispose(store: OutboxStore): Promise<void>
  readonly gaps?: ConformanceGaps
}

interface Received {
  readonly envelopes: readonly Envelope[]
  /** Resolves once `count` envelopes have come. */
  until(count: number): Promise<void>
}

function listenTo(outbox: Outbox): Received {
  const envelopes: Envelope[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  outbox.listen((batch) => {
    envelopes.push(...batch)
    for (const { count, resolve } of waiting) if (envelopes.length >= count) resolve()
  })
  return {
    envelopes,
    until: (count) => (envelopes.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }))),
  }
}

// Holds: the suite writes names as a pattern would format them.
const key = (name: string): ChannelKey => channelKey('acme', name as ChannelName)
const mill = key('mill:1')

function entry(id: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  return { channel: mill, delivery: 'durable', event: 'purchase:created', json: `{"id":"${id}"}`, id, time: 1_700_000_000_000, ...more }
}

/** What every outbox does, whatever database the application's transactions are on. */
export function describeOutboxConformance(subject: OutboxSubject): void {
  const rule = rulesWithGaps(subject.gaps)

  describe(`outbox: ${subject.name}`, () => {
    let clock: ManualClock
    let store: OutboxStore
    let received: Received

    beforeEach(async () => {
      clock = manualClock()
      store = await subject.create({ clock })
      received = listenTo(store.outbox)
    })
    afterEach(() => subject.dispose(store))

    async function transact(entries: readonly OutboxEntry[], end: 'commit' | 'rollback' = 'commit'): Promise<void> {
      const tx = await store.transactions.begin()
      await store.outbox.write(tx, entries)
      await store.transactions[end](tx)
    }
    const ids = (things: readonly { readonly id: string }[]) => things.map(({ id }) => id)
    const offsets = () => received.envelopes.map(({ position }) => position?.offset)
    async function logged(channel = mill): Promise<readonly string[]> {
      const { epoch } = await store.log.head(channel)
      const page = await store.log.read(channel, { epoch, offset: 0 }, 10_000)
      return page.kind === 'page' ? ids(page.publications) : []
    }

    rule('[OUT1] hands over what a transaction has published once it has committed, with its place in the log', async () => {
      const full = entry('p1', { actor: { id: 'u1', name: 'Asha' }, except: 'c1', json: '{"text":"é 漢 😀 \\u0000"}' })
      await transact([full, entry('p2', { actor: { id: 'u2' } })])
      await received.until(2)
      const { epoch } = await store.log.head(mill)
      expect(received.envelopes).toEqual([
        { ...full, position: { epoch, offset: 1 } },
        { ...entry('p2', { actor: { id: 'u2' } }), position: { epoch, offset: 2 } },
      ])
      expect(await logged()).toEqual(['p1', 'p2'])
    })

    rule('[OUT1] hands over nothing of a transaction that was rolled back', async () => {
      await transact([entry('lost')], 'rollback')
      await transact([entry('kept')])
      await received.until(1)
      await store.log.append(mill, entry('direct'))
      expect(ids(received.envelopes)).toEqual(['kept'])
      expect(await logged()).toEqual(['kept', 'direct'])
    })

    rule('[OUT1] shows nothing of a transaction that is still open', async () => {
      const tx = await store.transactions.begin()
      await store.outbox.write(tx, [entry('p1')])
      await clock.advance(1_000)
      expect(received.envelopes).toEqual([])
      expect(await logged()).toEqual([])
      await store.transactions.commit(tx)
      await clock.advance(1_000)
      await received.until(1)
      expect(await logged()).toEqual(['p1'])
    })

    rule('[OUT1] hands over each entry once, however many there are', async () => {
      const many = Array.from({ length: 1_234 }, (_, index) => entry(`p${index + 1}`))
      await transact(many)
      await received.until(many.length)
      await transact([entry('last')])
      await received.until(many.length + 1)
      expect(ids(received.envelopes)).toEqual([...ids(many), 'last'])
      expect(offsets()).toEqual(Array.from({ length: 1_235 }, (_, index) => index + 1))
    })

    rule('[OUT1] hands over after a restart what was committed before it', async () => {
      const tx = await store.transactions.begin()
      await store.outbox.write(tx, [entry('p1')])
      await store.transactions.commit(tx)
      store = await subject.reopen(store)
      received = listenTo(store.outbox)
      await store.log.append(mill, entry('direct'))
      expect(await logged()).toEqual(['p1', 'direct'])
    })

    rule('[OUT1] replaces a retained value with the commit, and hands over volatile ones without storing them', async () => {
      const stats = (id: string) => entry(id, { delivery: 'retained', event: 'dashboard:stats', key: 'today' })
      await store.log.retain(mill, 'today', stats('s0'))
      await transact([stats('lost')], 'rollback')
      expect(ids(await store.log.retained(mill))).toEqual(['s0'])
      const unkeyed = entry('s2', { delivery: 'retained', event: 'job:progress' })
      const typing = entry('v1', { delivery: 'volatile', event: 'activity:typing', except: 'c1' })
      await transact([stats('s1'), unkeyed, typing])
      await received.until(3)
      const kept = await store.log.retained(mill)
      expect(kept.map(({ id, key: name }) => [id, name])).toEqual([
        ['s1', 'today'],
        ['s2', ''],
      ])
      const [first, second] = kept.map(({ revision }) => revision)
      expect(received.envelopes).toEqual([{ ...stats('s1'), revision: first }, { ...unkeyed, revision: second }, typing])
      expect(await logged()).toEqual([])
    })

    rule('[OUT2] gives each retained value a revision of its own, higher than that before, in one transaction too', async () => {
      const stats = (id: string) => entry(id, { delivery: 'retained', event: 'dashboard:stats', key: 'today' })
      const direct = await store.log.retain(mill, 'today', stats('s0'))
      await transact([stats('s1'), entry('p1'), stats('s2'), stats('s3')])
      await received.until(4)
      const revisions = [direct, ...received.envelopes.flatMap(({ revision }) => revision ?? [])]
      expect(ids(received.envelopes)).toEqual(['s1', 'p1', 's2', 's3'])
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
      expect(revisions).toHaveLength(4)
      expect((await store.log.heads([mill]))[0]).toMatchObject({ position: { offset: 1 }, revision: revisions[3] })
      expect(await store.log.retain(mill, 'today', stats('s4'))).toBeGreaterThan(revisions[3] ?? 0)
    })

    rule('[OUT2] puts what is published after a commit behind what the transaction published', async () => {
      await transact([entry('t1'), entry('t2')])
      const direct = store.log.append(mill, entry('d1'))
      await transact([entry('t3')])
      expect((await direct).position.offset).toBeGreaterThan(2)
      await received.until(3)
      expect((await logged()).slice(0, 2)).toEqual(['t1', 't2'])
    })

    rule('[OUT2] puts what is published after a large transaction behind all of it', async () => {
      await transact(Array.from({ length: 1_234 }, (_, index) => entry(`t${index}`)))
      expect((await store.log.append(mill, entry('d1'))).position.offset).toBe(1_235)
    })

    rule('[OUT2] hands entries over before the appends that were stored with them resolve', async () => {
      await transact([entry('t1')])
      const seen = store.log.append(mill, entry('d1')).then(() => ids(received.envelopes))
      expect(await seen).toEqual(['t1'])
    })

    rule('[OUT2] gives one order to transactions and direct publications, whatever their schedule', async () => {
      const action = fc.oneof(
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('direct' as const), channel: fc.nat(2) }) },
        {
          weight: 2,
          arbitrary: fc.record({ kind: fc.constantFrom('commit', 'rollback'), channels: fc.array(fc.nat(2), { maxLength: 4 }) }),
        },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 25 }), fc.uuid(), async (schedule, run) => {
          const before = received.envelopes.length
          const channels = [0, 1, 2].map((n) => key(`${run}:${n}`))
          const channelAt = (index: number): ChannelKey => channels[index] ?? mill
          const expected: { readonly id: string; readonly channel: ChannelKey }[] = []
          const appends: Promise<{ readonly id: string; readonly offset: number; readonly channel: ChannelKey }>[] = []
          let made = 0
          let afterCommit = new Set<string>()
          const mustPrecede: { readonly id: string; readonly earlier: ReadonlySet<string> }[] = []
          for (const step of schedule) {
            if (step.kind === 'settle') await Promise.all(appends)
            else if (step.kind === 'direct') {
              const id = `${run}:d${++made}`
              const channel = channelAt(step.channel)
              mustPrecede.push({ id, earlier: afterCommit })
              appends.push(store.log.append(channel, entry(id)).then(({ position }) => ({ id, channel, offset: position.offset })))
            } else {
              const entries = step.channels.map((index) => entry(`${run}:t${++made}`, { channel: channelAt(index) }))
              await transact(entries, step.kind)
              if (step.kind === 'rollback') continue
              for (const one of entries) mustPrecede.push({ id: one.id, earlier: afterCommit })
              expected.push(...entries)
              afterCommit = new Set([...afterCommit, ...ids(entries)])
            }
          }
          const direct = await Promise.all(appends)
          await received.until(before + expected.length)
          const handedOver = received.envelopes.slice(before)
          expect(handedOver).toHaveLength(expected.length)
          for (const channel of channels) {
            const here = (one: { readonly channel: ChannelKey }) => one.channel === channel
            expect(ids(handedOver.filter(here))).toEqual(ids(expected.filter(here)))
            const order = await logged(channel)
            const known = [
              ...direct.filter((one) => one.channel === channel).map(({ id, offset }) => ({ id, offset })),
              ...handedOver.filter((one) => one.channel === channel).map(({ id, position }) => ({ id, offset: position?.offset ?? 0 })),
            ].sort((a, b) => a.offset - b.offset)
            expect(ids(known)).toEqual(order)
            expect(known.map(({ offset }) => offset)).toEqual(order.map((_, index) => index + 1))
            for (const { id, earlier } of mustPrecede)
              if (order.includes(id))
                for (const one of earlier) if (order.includes(one)) expect(order.indexOf(one)).toBeLessThan(order.indexOf(id))
          }
        }),
        { seed: 7, numRuns: 40 },
      )
    })

    rule('[OUT5] accepts a transaction on its database, and nothing else', async () => {
      const tx = await store.transactions.begin()
      expect(store.outbox.accepts(tx)).toBe(true)
      await store.transactions.rollback(tx)
      const foreign = await store.transactions.foreign()
      for (const other of [tx, foreign, null, undefined, 7, 'tx', {}, { prepare: 1 }, () => undefined])
        expect(store.outbox.accepts(other)).toBe(false)
    })

    rule('refuses a transaction that is not on its database, before writing anything', async () => {
      const foreign = await store.transactions.foreign()
      for (const other of [foreign, null, {}])
        expect(() => store.outbox.write(other, [entry('p1')])).toThrow(expect.objectContaining({ code: 'outbox_wrong_database' }))
      await clock.advance(1_000)
      await store.log.append(mill, entry('direct'))
      expect(received.envelopes).toEqual([])
      expect(await logged()).toEqual(['direct'])
    })

    rule('[OUT1] goes on when the listener throws', async () => {
      store.outbox.listen(() => {
        throw new Error('the listener fails')
      })
      await transact([entry('p1')])
      const { position } = await store.log.append(mill, entry('d1'))
      expect(position.offset).toBe(2)
      received = listenTo(store.outbox)
      await transact([entry('p2')])
      await received.until(1)
      expect(ids(received.envelopes)).toEqual(['p2'])
      expect(await logged()).toEqual(['p1', 'd1', 'p2'])
    })
  })
}
