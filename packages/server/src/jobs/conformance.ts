import type { ChannelName } from '@millrace/contract'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import type { Envelope } from '../broker/port.ts'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import type { OutboxEntry } from '../outbox/port.ts'
import type { Store } from '../store.ts'
import { type ConformanceGaps, type ConformanceTransactions, rulesWithGaps } from '../store-conformance.ts'
import type { Job, JobEffects, JobStore, QueuedJob } from './port.ts'

/** A job store with the parts of its database that it writes to, and the application's transactions on it. */
export interface JobHome extends Pick<Store, 'jobs' | 'log' | 'outbox' | 'inbox'> {
  readonly transactions: ConformanceTransactions
}

export interface JobSubject {
  readonly name: string
  /** A new store that shares nothing with an earlier call's. */
  create(): Promise<JobHome>
  /** Another store on the same data, as another node, or a worker, has it. Left out where there can be none. */
  readonly peer?: (home: JobHome) => Promise<JobHome>
  /** The same data after a restart. Left out where nothing outlives the process. */
  readonly reopen?: (home: JobHome) => Promise<JobHome>
  dispose(home: JobHome): Promise<void>
  readonly gaps?: ConformanceGaps
}

const report = channelKey('acme', 'report' as ChannelName)
const far = 8_000_000_000_000

/** What every job store does, wherever it keeps its jobs. */
export function describeJobConformance(subject: JobSubject): void {
  const rule = rulesWithGaps(subject.gaps)

  describe(`jobs: ${subject.name}`, () => {
    let home: JobHome
    let jobs: JobStore
    let there: JobStore
    let second: JobHome | null
    let next = 0

    beforeEach(async () => {
      home = await subject.create()
      second = (await subject.peer?.(home)) ?? null
      jobs = home.jobs
      there = second?.jobs ?? jobs
    })
    afterEach(async () => {
      if (second !== null) await subject.dispose(second)
      await subject.dispose(home)
    })

    function unique(): number {
      next += 1
      return next
    }
    const newJob = (given: Partial<QueuedJob> = {}): QueuedJob => ({
      ...{ id: `job-${unique()}`, tenant: 'acme', type: 'report', input: { month: 5 }, state: 'queued', progress: 0, message: null },
      ...{ attempt: 0, createdAt: 1, dueAt: 0, ...given },
    })
    const entry = (json: unknown, given: Partial<OutboxEntry> = {}): OutboxEntry => ({
      ...{ channel: report, delivery: 'durable', event: 'moved', json: JSON.stringify(json), id: `p-${unique()}`, time: 1 },
      ...given,
    })
    const none: JobEffects = { entries: [] }
    const read = async (channel: ChannelKey = report): Promise<readonly string[]> => {
      const page = await home.log.read(channel, { ...(await home.log.head(channel)), offset: 0 }, 1_000)
      return page.kind === 'page' ? page.publications.map(({ json }) => json) : []
    }
    /** Adds one to the progress, and publishes it. */
    const step = (store: JobStore, id: string) =>
      store.change(id, (job) => {
        if (job === null) throw new Error('there is no such job')
        const moved = { ...job, progress: job.progress + 1 }
        return { answer: moved.progress, write: { job: moved, entries: [entry(moved.progress)] } }
      })
    /** Resolves when `count` entries have left the outbox. */
    function listen(count: number): Promise<readonly Envelope[]> {
      const seen: Envelope[] = []
      return new Promise((resolve) => {
        home.outbox.listen((envelopes) => {
          seen.push(...envelopes)
          if (seen.length >= count) resolve(seen)
        })
      })
    }

    rule('[JOB1] keeps a job as it was given, whatever text is in it', async () => {
      const job = newJob({ input: { text: 'e\u0000\u2028"\\u0000 \u{1f33e}' }, message: '\u0000', actor: { id: 'ana', name: 'Ana' } })
      expect(await jobs.add({ job, ...none })).toEqual(job)
      expect(await there.get(job.id)).toEqual(job)
      expect(await jobs.get('another')).toBeNull()
    })

    rule('[JOB1] writes a state and its publications as one, and sends these on in the order of the changes', async () => {
      const seen = listen(42)
      const job = newJob()
      await jobs.add({ job, entries: [entry(0), entry('newest', { delivery: 'retained', event: 'stats', key: 'k' })] })
      const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => step(index % 2 === 0 ? jobs : there, job.id)))
      // Nobody has overwritten what another one did.
      expect([...answers].sort((one, other) => one - other)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
      expect(await there.get(job.id)).toMatchObject({ progress: 40 })
      const sent = await seen
      expect(await read()).toEqual(Array.from({ length: 41 }, (_, index) => String(index)))
      expect(sent.filter(({ delivery }) => delivery === 'durable').map(({ position }) => position?.offset)).toEqual(
        Array.from({ length: 41 }, (_, index) => index + 1),
      )
      expect(await home.log.retained(report)).toMatchObject([{ event: 'stats', key: 'k', json: '"newest"' }])
    })

    rule('[JOB1] writes neither where the decision throws, or where a publication cannot be stored', async () => {
      const seen = listen(1)
      const job = newJob()
      await jobs.add({ job, ...none })
      const failing = jobs.change(job.id, () => {
        throw new RangeError('no decision')
      })
      await expect(failing).rejects.toThrow(new RangeError('no decision'))
      const large = entry('x'.repeat(2_000_000))
      const moved: Job = { ...job, progress: 50 }
      const tooLarge = jobs.change(job.id, () => ({ answer: 1, write: { job: moved, entries: [entry('first'), large] } }))
      await expect(tooLarge).rejects.toMatchObject({ code: 'payload_too_large' })
      await expect(jobs.add({ job: newJob({ id: 'large' }), entries: [large] })).rejects.toMatchObject({ code: 'payload_too_large' })
      expect(await jobs.get(job.id)).toEqual(job)
      expect(await jobs.get('large')).toBeNull()
      await jobs.change(job.id, () => ({ answer: 1, write: { job: moved, entries: [entry('last')] } }))
      await seen
      expect(await read()).toEqual(['"last"'])
    })

    rule('[JOB1] lets a decision change nothing, and tells it of a job that is not there', async () => {
      const job = newJob()
      await jobs.add({ job, ...none })
      expect(await jobs.change(job.id, (found) => ({ answer: found }))).toEqual(job)
      expect(await jobs.change('another', (found) => ({ answer: found }))).toBeNull()
    })

    rule('[JOB1] gives each job that is due to one of many who ask, the oldest first', async () => {
      for (const dueAt of [3, 1, 2]) await jobs.add({ job: newJob({ id: `due-${dueAt}`, dueAt }), ...none })
      for (const id of ['first', 'second']) await jobs.add({ job: newJob({ id }), ...none })
      await jobs.add({ job: newJob({ id: 'later', dueAt: far }), ...none })
      await jobs.add({ job: newJob({ id: 'other', type: 'import' }), ...none })
      const take = (store: JobStore, type = 'report') =>
        store.changeDue(type, 'queued', ({ dueAt: _, ...job }: Job & { dueAt?: number }, now) => ({
          answer: job.id,
          write: { job: { ...job, state: 'running', worker: 'w', leaseUntil: now + 60_000 }, entries: [] },
        }))
      expect(await take(jobs)).toBe('due-1')
      expect(await jobs.get('due-1')).toMatchObject({ state: 'running' })
      const rest = await Promise.all(Array.from({ length: 10 }, (_, index) => take(index % 2 === 0 ? jobs : there)))
      expect(rest.filter((id) => id !== null).sort()).toEqual(['due-2', 'due-3', 'first', 'second'])
      expect(await take(there, 'import')).toBe('other')
      expect(await take(there, 'nothing')).toBeNull()
    })

    rule('[JOB1] gives out jobs in the order in which they were made', async () => {
      const ids = Array.from({ length: 12 }, (_, index) => `made-${index}`)
      for (const id of ids) await jobs.add({ job: newJob({ id }), ...none })
      const taken: (string | null)[] = []
      for (const _ of ids)
        taken.push(
          await there.changeDue('report', 'queued', (job, now) => ({
            answer: job.id,
            write: { job: { ...job, state: 'failed', error: 'x', finishedAt: now }, entries: [] },
          })),
        )
      expect(taken).toEqual(ids)
    })

    rule('[JOB1] finds a running job when its lease has run out, and not before', async () => {
      const job = newJob()
      await jobs.add({ job, ...none })
      const { dueAt: _, ...rest } = job
      const lease = (ms: number) =>
        jobs.change(job.id, (_job, now) => ({
          answer: null,
          write: { job: { ...rest, state: 'running', worker: 'w', leaseUntil: now + ms }, entries: [] },
        }))
      const look = () => there.changeDue('report', 'running', ({ id }) => ({ answer: id }))
      await lease(60_000)
      expect(await look()).toBeNull()
      await lease(0)
      expect(await look()).toBe(job.id)
      expect(await jobs.changeDue('report', 'queued', ({ id }) => ({ answer: id }))).toBeNull()
    })

    rule('[JOB1] stores a dedupe key once per tenant and type, however many ask at once', async () => {
      const add = (index: number, given: Partial<QueuedJob> = {}) =>
        (index % 2 === 0 ? jobs : there).add({ job: newJob(given), dedupeKey: 'order-7', entries: [entry(index)] })
      const seen = listen(3)
      const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => add(index)))
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
      const ids = [answers[0]?.id, (await add(0, { tenant: 'zenith' })).id, (await add(0, { type: 'import' })).id]
      expect(new Set(ids).size).toBe(3)
      await seen
      expect(await read()).toHaveLength(3)
    })

    rule('[JOB1] stores a notification with the change, once, and tells the devices', async () => {
      const job = newJob({ actor: { id: 'ana' } })
      await jobs.add({ job, ...none })
      const devices = channelKey('acme', '$user:ana' as ChannelName)
      const notice = {
        userId: 'ana',
        notification: { ...{ id: 'n1', type: 'job', title: 'Done', message: 'The report is there' }, createdAt: 1, dedupeKey: 'job 1' },
        entryOf: (change: unknown) => entry(change, { channel: devices, delivery: 'volatile', event: 'inbox' }),
      }
      const seen = listen(3)
      const tell = () => jobs.change(job.id, () => ({ answer: 1, write: { job, entries: [entry('end')], notice } }))
      await tell()
      await tell()
      expect((await seen).filter(({ channel }) => channel === devices)).toHaveLength(1)
      expect(await home.inbox.count('acme', 'ana')).toMatchObject({ unread: 1 })
    })

    rule('[OUT1] adds and changes in the business transaction: with its commit, or not at all', async () => {
      const { begin, commit, rollback } = home.transactions
      const seen = listen(2)
      const kept = newJob()
      const lost = newJob()
      const gone = await begin()
      expect(await jobs.addWithin(gone, { job: lost, entries: [entry('lost')] })).toEqual(lost)
      await rollback(gone)
      const tx = await begin()
      await jobs.addWithin(tx, { job: kept, entries: [entry('added')] })
      await jobs.changeWithin(tx, kept.id, () => ({ answer: 1, write: { job: { ...kept, progress: 7 }, entries: [entry('moved')] } }))
      await commit(tx)
      await seen
      expect(await jobs.get(lost.id)).toBeNull()
      expect(await jobs.get(kept.id)).toMatchObject({ progress: 7 })
      expect(await read()).toEqual(['"added"', '"moved"'])
    })

    rule('refuses a transaction that is not on its database', async () => {
      const foreign = await home.transactions.foreign()
      const wrong = expect.objectContaining({ code: 'outbox_wrong_database' })
      for (const other of [foreign, null, {}]) {
        expect(() => jobs.addWithin(other, { job: newJob(), ...none })).toThrow(wrong)
        expect(() => jobs.changeWithin(other, 'x', () => ({ answer: 1 }))).toThrow(wrong)
      }
    })

    rule("[TEN1] lists a tenant's own jobs, newest first, by page and filter", async () => {
      for (const id of ['a', 'b', 'c', 'd'])
        await jobs.add({
          job: newJob({ id, type: id === 'b' ? 'import' : 'report', ...(id === 'c' && { actor: { id: 'ana' } }) }),
          ...none,
        })
      await jobs.add({ job: newJob({ id: 'z', tenant: 'zenith' }), ...none })
      const ids = async (options: Omit<Parameters<JobStore['list']>[1], 'limit'> = {}, limit = 10) =>
        (await there.list('acme', { ...options, limit })).map(({ id }) => id)
      expect(await ids()).toEqual(['d', 'c', 'b', 'a'])
      expect(await ids({}, 2)).toEqual(['d', 'c'])
      expect(await ids({ before: 'c' })).toEqual(['b', 'a'])
      expect(await ids({ type: 'report', before: 'd' })).toEqual(['c', 'a'])
      expect(await ids({ state: 'failed' })).toEqual([])
      expect(await ids({ actor: 'ana', state: 'queued' })).toEqual(['c'])
      for (const before of ['z', 'nothing']) await expect(ids({ before })).rejects.toMatchObject({ code: 'invalid_payload' })
    })

    rule('[JOB1] forgets what has ended before a time, with its dedupe key, and nothing else', async () => {
      const job = newJob()
      await jobs.add({ job, dedupeKey: 'k', ...none })
      await jobs.add({ job: newJob({ id: 'open' }), ...none })
      const { dueAt: _, ...rest } = job
      await jobs.change(job.id, () => ({
        answer: 1,
        write: { job: { ...rest, state: 'failed', error: 'x', finishedAt: 50 }, entries: [] },
      }))
      expect(await jobs.trim(50)).toBe(0)
      expect(await jobs.get(job.id)).toMatchObject({ state: 'failed', finishedAt: 50 })
      expect(await jobs.trim(51)).toBe(1)
      expect(await jobs.get(job.id)).toBeNull()
      expect(await jobs.get('open')).not.toBeNull()
      expect((await jobs.add({ job: newJob({ id: 'again' }), dedupeKey: 'k', ...none })).id).toBe('again')
    })

    rule('[LOG2] has its jobs again after a restart', async () => {
      const job = newJob()
      await jobs.add({ job, dedupeKey: 'k', ...none })
      await step(jobs, job.id)
      if (second !== null) await subject.dispose(second)
      second = null
      home = (await subject.reopen?.(home)) ?? (await subject.create())
      expect(await home.jobs.get(job.id)).toMatchObject({ progress: 1 })
      expect((await home.jobs.add({ job: newJob(), dedupeKey: 'k', ...none })).id).toBe(job.id)
    })
  })
}
