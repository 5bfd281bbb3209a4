import { type ChannelName, type Clock, type Position, type Retention, retentionDefaults } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import { type ConformanceGaps, rulesWithGaps } from '../store-conformance.ts'
import { describeHeadsConformance } from './heads-conformance.ts'
import { type LoggedPublication, logDefaults, type PublicationLog, retainedMax, type StoredPublication } from './port.ts'

export interface LogSubject {
  readonly name: string
  /** A new log that shares nothing with an earlier call's. */
  create(options: { readonly clock: Clock; readonly payloadMaxBytes: number }): Promise<PublicationLog>
  /** Closes the log and opens what it has kept, as a process does that starts again. */
  reopen(log: PublicationLog): Promise<PublicationLog>
  /** A second log on the same data, as another node has it. Left out where there can be none. */
  readonly peer?: (log: PublicationLog) => Promise<PublicationLog>
  dispose(log: PublicationLog): Promise<void>
  readonly gaps?: ConformanceGaps
}

const payloadMaxBytes = 4_097

// Holds: the suite writes names as a pattern would format them.
const key = (name: string, tenant = 'acme'): ChannelKey => channelKey(tenant, name as ChannelName)
const mill = key('mill:1')
const other = key('mill:2')

function publication(id: string, more: Partial<StoredPublication> = {}): StoredPublication {
  return { event: 'purchase:created', json: `{"id":"${id}"}`, id, time: 1_700_000_000_000, ...more }
}

async function readAll(log: PublicationLog, channel: ChannelKey, since: Position, pageSize = 100): Promise<readonly LoggedPublication[]> {
  const all: LoggedPublication[] = []
  let from = since
  for (;;) {
    const page = await log.read(channel, from, pageSize)
    if (page.kind === 'gap') throw new Error(`a gap: ${page.why}`)
    const last = page.publications.at(-1)
    if (last === undefined) return all
    all.push(...page.publications)
    from = { epoch: page.head.epoch, offset: last.offset }
  }
}

/** What every log does, wherever it keeps its publications. */
export function describeLogConformance(subject: LogSubject): void {
  const rule = rulesWithGaps(subject.gaps)

  describe(`log: ${subject.name}`, () => {
    let clock: ManualClock
    let log: PublicationLog

    beforeEach(async () => {
      clock = manualClock()
      log = await subject.create({ clock, payloadMaxBytes })
    })
    afterEach(() => subject.dispose(log))

    const fill = (channel: ChannelKey, count: number, more: (index: number) => Partial<StoredPublication> = () => ({})) =>
      Promise.all(Array.from({ length: count }, (_, index) => log.append(channel, publication(`p${index + 1}`, more(index)))))
    const start = async (): Promise<Position> => ({ epoch: (await log.head(mill)).epoch, offset: 0 })
    const ids = (publications: readonly { readonly id: string }[]) => publications.map(({ id }) => id)
    const offsets = (publications: readonly { readonly offset: number }[]) => publications.map(({ offset }) => offset)
    const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index)
    const keep = (more: Partial<Retention>) => () => ({ ...retentionDefaults, ...more })

    rule('[LOG1] gives concurrent appends consecutive offsets from 1, in the order of the calls', async () => {
      const appended = await fill(mill, 250)
      expect(appended.map(({ position }) => position.offset)).toEqual(upTo(250))
      expect(new Set(appended.map(({ position }) => position.epoch)).size).toBe(1)
      expect(appended.every(({ duplicate }) => !duplicate)).toBe(true)
      expect(ids(await readAll(log, mill, await start()))).toEqual(upTo(250).map((n) => `p${n}`))
    })

    rule('[LOG1] counts each channel by itself', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 }), fc.uuid(), async (schedule, run) => {
          const channels = schedule.map((name) => key(`${run}:${name}`))
          const appended = await Promise.all(channels.map((channel, index) => log.append(channel, publication(`p${index}`))))
          for (const channel of new Set(channels)) {
            const own = appended.filter((_, index) => channels[index] === channel)
            expect(own.map(({ position }) => position.offset)).toEqual(upTo(own.length))
          }
        }),
        { seed: 42, numRuns: 25 },
      )
    })

    rule('[LOG1] has nothing in a channel that was never used', async () => {
      const head = await log.head(mill)
      expect(head.offset).toBe(0)
      expect(await log.read(mill, head, 10)).toEqual({ kind: 'page', publications: [], head })
      expect(await log.retained(mill)).toEqual([])
    })

    rule('[TEN1] keeps channels of the same name apart by tenant', async () => {
      await log.append(key('mill:1', 'acme'), publication('ours'))
      const theirs = await log.append(key('mill:1', 'zenith'), publication('theirs'))
      expect(theirs.position.offset).toBe(1)
      expect(ids(await readAll(log, key('mill:1', 'zenith'), await start()))).toEqual(['theirs'])
    })

    const { peer } = subject
    if (peer !== undefined)
      rule('[LOG1] gives consecutive offsets to two nodes that append at once, and both read the same', async () => {
        const second = await peer(log)
        try {
          const appended = await Promise.all(upTo(200).map((n) => (n % 2 === 0 ? log : second).append(mill, publication(`p${n}`))))
          expect(appended.map(({ position }) => position.offset).sort((a, b) => a - b)).toEqual(upTo(200))
          const [here, there] = [await readAll(log, mill, await start()), await readAll(second, mill, await start())]
          expect(offsets(here)).toEqual(upTo(200))
          expect(there).toEqual(here)
          // What the first has cached of the channel is not what it is now.
          expect((await second.append(mill, publication('p201'))).position.offset).toBe(201)
          expect((await log.append(mill, publication('p202'))).position.offset).toBe(202)
        } finally {
          await subject.dispose(second)
        }
      })

    rule('[LOG2] has what resolved, and goes on from there, when it is opened again', async () => {
      await fill(mill, 20)
      await log.retain(mill, 'k', publication('r1', { event: 'dashboard:stats' }))
      const before = await log.head(mill)
      log = await subject.reopen(log)
      expect(await log.head(mill)).toEqual(before)
      expect(ids(await readAll(log, mill, { ...before, offset: 0 }))).toEqual(upTo(20).map((n) => `p${n}`))
      expect(ids(await log.retained(mill))).toEqual(['r1'])
      expect((await log.append(mill, publication('p21'))).position).toEqual({ ...before, offset: 21 })
    })

    rule('[LOG3] reads pages in offset order, without holes', async () => {
      await fill(mill, 95)
      const page = await log.read(mill, { ...(await start()), offset: 40 }, 10)
      expect(page.kind === 'page' && offsets(page.publications)).toEqual(upTo(10, 41))
      expect(page.head.offset).toBe(95)
      expect(offsets(await readAll(log, mill, await start(), 7))).toEqual(upTo(95))
      const end = await log.read(mill, await log.head(mill), 10)
      expect(end).toEqual({ kind: 'page', publications: [], head: await log.head(mill) })
    })

    rule('[LOG3] gives back each publication as it was stored', async () => {
      const stored = [
        publication('a', { json: '{"text":"é 漢 😀 \\u0000 \'\\""}', actor: { id: 'u1', name: 'Asha' } }),
        publication('b', { json: 'null', event: 'ereignis:ü', actor: { id: 'u2' } }),
        publication('c', { json: '""', time: 4_102_444_800_123 }),
      ]
      for (const one of stored) await log.append(mill, one)
      expect(await readAll(log, mill, await start())).toEqual(stored.map((one, index) => ({ ...one, offset: index + 1 })))
    })

    rule('[LOG4] stores a key once, and answers the first position', async () => {
      await log.append(mill, publication('p1'))
      const first = await log.append(mill, publication('p2'), { idempotencyKey: 'order-7' })
      await log.append(mill, publication('p3'))
      const again = await log.append(mill, publication('p4'), { idempotencyKey: 'order-7' })
      expect(again).toEqual({ position: first.position, duplicate: true })
      expect(first).toEqual({ position: { ...(await start()), offset: 2 }, duplicate: false })
      expect(ids(await readAll(log, mill, await start()))).toEqual(['p1', 'p2', 'p3'])
    })

    rule('[LOG4] stores a key once when it comes many times at once', async () => {
      const appended = await Promise.all(upTo(20).map((n) => log.append(mill, publication(`p${n}`), { idempotencyKey: 'same' })))
      expect(appended.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
      expect(new Set(appended.map(({ position }) => position.offset))).toEqual(new Set([1]))
      expect((await log.head(mill)).offset).toBe(1)
    })

    rule('[LOG4] knows a key in its channel and within its window, trimmed or not', async () => {
      await log.append(mill, publication('p1'), { idempotencyKey: 'k' })
      expect((await log.append(other, publication('q1'), { idempotencyKey: 'k' })).duplicate).toBe(false)
      await clock.advance(logDefaults.idempotencyWindowMs - 1)
      await log.trim(keep({}), clock.now())
      expect((await log.append(mill, publication('p2'), { idempotencyKey: 'k' })).duplicate).toBe(true)
      await clock.advance(1)
      const renewed = await log.append(mill, publication('p3'), { idempotencyKey: 'k' })
      expect(renewed.duplicate).toBe(false)
      expect((await log.append(mill, publication('p4'), { idempotencyKey: 'k' })).position).toEqual(renewed.position)
      await clock.advance(logDefaults.idempotencyWindowMs)
      await log.trim(keep({}), clock.now())
      expect((await log.append(mill, publication('p5'), { idempotencyKey: 'k' })).duplicate).toBe(false)
    })

    rule('[LOG5] cuts by count: a reader before the cut learns that it expired, one after it reads on', async () => {
      await fill(mill, 1_200)
      await fill(other, 3)
      const { epoch } = await log.head(mill)
      expect(await log.trim(keep({ maxCount: 100, maxAgeMs: Number.MAX_SAFE_INTEGER }), clock.now())).toEqual({ publications: 1_100 })
      const head = { epoch, offset: 1_200 }
      expect(await log.read(mill, { epoch, offset: 0 }, 10)).toEqual({ kind: 'gap', why: 'expired', head })
      expect(await log.read(mill, { epoch, offset: 1_099 }, 10)).toEqual({ kind: 'gap', why: 'expired', head })
      expect(offsets(await readAll(log, mill, { epoch, offset: 1_100 }))).toEqual(upTo(100, 1_101))
      expect(offsets(await readAll(log, other, { epoch, offset: 0 }))).toEqual([1, 2, 3])
      expect((await log.append(mill, publication('next'))).position.offset).toBe(1_201)
    })

    rule('[LOG5] cuts by age, by the retention of each channel, and never from the middle', async () => {
      const now = clock.now()
      const age = [90, 80, 10, 70, 5]
      for (const channel of [mill, other]) await fill(channel, age.length, (index) => ({ time: now - (age[index] ?? 0) }))
      const retention = (channel: ChannelKey): Retention => ({ maxAgeMs: channel === mill ? 50 : 1_000, maxCount: 1_000 })
      expect(await log.trim(retention, now)).toEqual({ publications: 2 })
      const { epoch } = await log.head(mill)
      expect(offsets(await readAll(log, mill, { epoch, offset: 2 }))).toEqual([3, 4, 5])
      expect(offsets(await readAll(log, other, { epoch, offset: 0 }))).toEqual(upTo(5))
      expect(await log.trim(retention, now)).toEqual({ publications: 0 })
    })

    rule('[LOG5] keeps the head of a channel that was cut bare', async () => {
      await fill(mill, 5)
      const head = await log.head(mill)
      await log.trim(keep({ maxCount: 0 }), clock.now())
      expect(await log.head(mill)).toEqual(head)
      expect(await log.read(mill, head, 10)).toEqual({ kind: 'page', publications: [], head })
      expect(await log.read(mill, { ...head, offset: 4 }, 10)).toEqual({ kind: 'gap', why: 'expired', head })
      expect((await log.append(mill, publication('p6'))).position.offset).toBe(6)
    })

    rule('[LOG5] loses nothing that is appended while it cuts', async () => {
      await fill(mill, 1_500)
      const trimmed = log.trim(keep({ maxCount: 50 }), clock.now())
      const appended = await Promise.all(upTo(100).map((n) => log.append(mill, publication(`late${n}`))))
      await trimmed
      expect(appended.map(({ position }) => position.offset)).toEqual(upTo(100, 1_501))
      const late = await readAll(log, mill, { ...(await start()), offset: 1_550 })
      expect(ids(late)).toEqual(upTo(50, 51).map((n) => `late${n}`))
    })

    rule('[LOG6] answers a position that it never gave with new-epoch', async () => {
      await fill(mill, 3)
      const head = await log.head(mill)
      const gap = { kind: 'gap', why: 'new-epoch', head }
      const strange = [
        { ...head, epoch: 'another' },
        ...[4, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((offset) => ({ ...head, offset })),
      ]
      for (const since of strange) expect(await log.read(mill, since, 10)).toEqual(gap)
      const unused = await log.head(other)
      expect(await log.read(other, { ...unused, offset: 1 }, 10)).toEqual({ kind: 'gap', why: 'new-epoch', head: unused })
    })

    rule('[LOG7] refuses a payload over its limit before storing any of it, and no other with it', async () => {
      // Three bytes each in UTF-8: characters must not be mistaken for bytes.
      const fits = `"${'漢'.repeat((payloadMaxBytes - 2) / 3)}"`
      const tooLarge = `${fits} `
      expect(Buffer.byteLength(fits)).toBe(payloadMaxBytes)
      const outcomes = await Promise.allSettled([
        log.append(mill, publication('a')),
        log.append(mill, publication('b', { json: tooLarge })),
        log.append(mill, publication('c', { json: fits })),
        log.retain(mill, 'k', publication('d', { json: tooLarge })),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'payload_too_large' })
      expect(ids(await readAll(log, mill, await start()))).toEqual(['a', 'c'])
      expect(await log.retained(mill)).toEqual([])
    })

    rule('[LOG3] keeps the newest value per channel, event and key, in the order in which they were set', async () => {
      const stats = (id: string) => publication(id, { event: 'dashboard:stats', json: `"${id}"` })
      await log.retain(mill, 'today', stats('s1'))
      await log.retain(mill, 'week', { ...stats('s2'), actor: { id: 'u1', name: 'Asha' } })
      await log.retain(mill, 'today', { ...stats('s3'), event: 'job:progress' })
      await log.retain(other, 'today', stats('s4'))
      await log.retain(mill, 'today', stats('s5'))
      const revision = expect.any(Number)
      expect(await log.retained(mill)).toEqual([
        { ...stats('s2'), actor: { id: 'u1', name: 'Asha' }, key: 'week', revision },
        { ...stats('s3'), event: 'job:progress', key: 'today', revision },
        { ...stats('s5'), key: 'today', revision },
      ])
      expect((await log.head(mill)).offset).toBe(0)
    })

    rule('[LOG5] keeps the newest retained values of a channel, up to the limit', async () => {
      await Promise.all(upTo(retainedMax + 700).map((n) => log.retain(mill, `k${n}`, publication(`r${n}`))))
      await log.retain(other, 'k', publication('r'))
      await log.trim(keep({}), clock.now())
      expect(ids(await log.retained(mill))).toEqual(upTo(retainedMax, 701).map((n) => `r${n}`))
      expect(ids(await log.retained(other))).toEqual(['r'])
    })
  })

  describeHeadsConformance(subject)
}
