import { channel, defineContract, event, MillraceError } from '@millrace/contract'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { job } from '../jobs/definition.ts'
import { memoryStore } from '../memory-store.ts'
import { begunJob, channelOf, claimOne, contract, cutOff, jobYard, provisioning } from '../testing/job-yard.ts'
import { keepJobsUp } from './jobs.ts'
import { openJobs } from './open-jobs.ts'

it('[JOB1] tells of each state as the newest value, and of the end durably, so that a page that reloads sees it too', async () => {
  const { claimed, told, clock, store } = await begunJob()
  await clock.advance(1_000)
  await claimed.progress(40, 'Creating site')
  await claimed.complete({ url: 'https://rice' })
  const update = { tenant_id: 'rice', message: null }
  expect(told()).toEqual([
    ['status:update', { ...update, status: 'queued', progress: 0 }],
    ['status:update', { ...update, status: 'running', progress: 0 }],
    ['status:update', { ...update, status: 'running', progress: 40, message: 'Creating site' }],
    ['status:update', { ...update, status: 'completed', progress: 100, message: 'Creating site' }],
    ['status:completed', { tenant_id: 'rice', erpnext_url: 'https://rice' }],
  ])
  const [newest] = await store.log.retained(channelOf)
  expect(JSON.parse(newest?.json ?? '')).toMatchObject({ status: 'completed', progress: 100 })
  expect((await store.log.head(channelOf)).offset).toBe(1)
  expect(newest?.actor).toEqual({ id: 'ana' })
})

it('[JOB1] lets four values of progress a second out, of which the last always goes', async () => {
  const { claimed, percents, clock } = await begunJob()
  for (let percent = 1; percent <= 80; percent += 1) {
    await claimed.progress(percent)
    await clock.advance(25)
  }
  await clock.advance(1_000)
  const seen = percents().slice(2)
  // 2 seconds of it.
  expect(seen.length).toBeLessThanOrEqual(9)
  expect(seen.at(-1)).toBe(80)
  expect(seen).toEqual([...seen].sort((one, other) => one - other))
})

it('[JOB1] keeps what was held back when a job fails', async () => {
  const { claimed, told } = await begunJob()
  await claimed.progress(60, 'Half')
  await claimed.fail({ message: 'disk full' })
  expect(told().slice(-2)).toEqual([
    ['status:update', { tenant_id: 'rice', status: 'failed', progress: 60, message: 'disk full' }],
    ['status:failed', { tenant_id: 'rice', error: 'disk full' }],
  ])
})

it('[JOB1] renews its lease by itself, as long as the worker lives', async () => {
  const { jobs, claimed, clock } = await begunJob()
  await clock.advance(60_000)
  expect(await jobs.claim('provisioning')).toBeNull()
  await claimed.complete({ url: 'x' })
  expect(clock.pending).toBe(0)
})

it('[JOB1] refuses a worker that comes back after its job was taken over, tells it to stop, and moves nothing for it', async () => {
  const { cut, wrap } = cutOff()
  const { jobs, claimed, clock, told, id } = await begunJob(wrap)
  await clock.advance(1_000)
  await claimed.progress(50, 'Half')
  cut.away = true
  // The lease has run out, and the next renewal is not due.
  await clock.advance(3_500)
  cut.away = false
  const second = await claimOne(jobs)
  expect(second.attempt).toBe(2)
  const before = told().length
  await expect(claimed.complete({ url: 'late' })).rejects.toMatchObject({ code: 'conflict' })
  expect(claimed.signal.aborted).toBe(true)
  expect(claimed.signal.reason).toMatchObject({ code: 'conflict' })
  await expect(claimed.progress(90)).rejects.toMatchObject({ code: 'conflict' })
  await expect(claimed.fail({ message: 'late' })).rejects.toMatchObject({ code: 'conflict' })
  expect(told()).toHaveLength(before)
  await clock.advance(1_000)
  await second.progress(20, 'Once more')
  expect(told().at(-1)).toEqual(['status:update', { tenant_id: 'rice', status: 'running', progress: 50, message: 'Once more' }])
  await second.complete({ url: 'x' })
  expect(await jobs.get(id)).toMatchObject({ state: 'completed', result: { url: 'x' }, attempt: 2 })
})

it('[JOB1] tells the worker with its next renewal that the job is not its own any more', async () => {
  const { jobs, claimed, clock, id, told } = await begunJob()
  await jobs.cancel(id, { message: 'Not needed' })
  expect(claimed.signal.aborted).toBe(false)
  await clock.advance(1_000)
  expect(claimed.signal.aborted).toBe(true)
  expect(told().at(-1)).toEqual(['status:update', { tenant_id: 'rice', status: 'cancelled', progress: 0, message: 'Not needed' }])
  expect(await jobs.cancel(id)).toMatchObject({ state: 'cancelled' })
  expect(clock.pending).toBe(0)
})

it('[JOB1] keeps progress that the store cannot take, and lets the end be repeated', async () => {
  const { cut, wrap } = cutOff()
  const { jobs, claimed, clock, percents, id } = await begunJob(wrap)
  await clock.advance(1_000)
  cut.away = true
  await claimed.progress(30)
  await expect(claimed.complete({ url: 'x' })).rejects.toMatchObject({ code: 'unavailable' })
  cut.away = false
  await clock.advance(1_000)
  expect(percents().at(-1)).toBe(30)
  await claimed.complete({ url: 'x' })
  await claimed.complete({ url: 'x' })
  expect(percents().filter((percent) => percent === 100)).toHaveLength(1)
  expect(await jobs.get(id)).toMatchObject({ state: 'completed' })
})

it('[JOB1] gives a job to others that was let go of without an end', async () => {
  const { jobs, claimed, clock } = await begunJob()
  claimed[Symbol.dispose]()
  expect(clock.pending).toBe(0)
  await clock.advance(3_000)
  expect(await claimOne(jobs)).toMatchObject({ attempt: 2 })
})

it('[JOB1] lets go of work whose end is refused, so that another attempt, and not a lease for ever, follows', async () => {
  const { jobs, clock } = jobYard()
  // The message is longer than the event takes.
  const worker = jobs.work('provisioning', () => Promise.reject(new MillraceError('denied', 'x'.repeat(200))), { leaseMs: 3_000 })
  const { id } = await jobs.create('provisioning', { site: 'a' })
  for (let second = 0; second < 12; second += 1) await clock.advance(1_000)
  expect(await jobs.get(id)).toMatchObject({ state: 'failed', attempt: 2, error: 'the worker stopped answering' })
  await worker.stop()
})

it('[CON3] refuses an input, a result, a progress or a key that is not valid, and stores nothing of it', async () => {
  const { jobs, claimed, told } = await begunJob()
  // Holds: these are wrong on purpose.
  await expect(jobs.create('provisioning', { site: 7 } as never)).rejects.toMatchObject({ code: 'invalid_payload' })
  await expect(jobs.create('provisioning', { site: 'rice' }, { dedupeKey: '' })).rejects.toMatchObject({ code: 'invalid_payload' })
  await expect(jobs.create('nothing' as never, {} as never)).rejects.toMatchObject({ code: 'not_found' })
  await expect(claimed.complete({ url: 7 } as never)).rejects.toMatchObject({ code: 'invalid_payload' })
  for (const percent of [-1, 101, Number.NaN]) await expect(claimed.progress(percent)).rejects.toMatchObject({ code: 'invalid_payload' })
  await expect(claimed.fail({ message: 'x'.repeat(101) })).rejects.toMatchObject({ code: 'invalid_payload' })
  await expect(claimed.complete({ url: 'x'.repeat(2_000) })).rejects.toMatchObject({ code: 'payload_too_large' })
  expect(told()).toHaveLength(2)
  expect(claimed.signal.aborted).toBe(false)
  await claimed.complete({ url: 'x' })
})

it('[JOB1] tries again after a pause, and fails for good after the last attempt', async () => {
  const { jobs, claimed, clock, id, told } = await begunJob()
  await claimed.fail({ message: 'disk full', retry: true })
  expect(await jobs.claim('provisioning')).toBeNull()
  await clock.advance(1_000)
  const second = await claimOne(jobs)
  await second.fail({ message: 'disk full', retry: true })
  expect(await jobs.get(id)).toMatchObject({ state: 'failed', error: 'disk full', attempt: 2 })
  expect(told().filter(([name]) => name === 'status:failed')).toHaveLength(1)
  await clock.advance(60_000)
  expect(await jobs.claim('provisioning')).toBeNull()
})

it('[JOB1] gives the job that a queue names, at once, to one worker', async () => {
  const { jobs, claimed, id } = await begunJob()
  expect(await jobs.claim('provisioning', { id })).toBeNull()
  await claimed.fail({ message: 'disk full', retry: true })
  const taken = await Promise.all([1, 2, 3].map(() => jobs.claim('provisioning', { id })))
  expect(taken.filter((one) => one !== null)).toHaveLength(1)
  expect(await jobs.claim('provisioning', { id: 'another' })).toBeNull()
})

it('[JOB1] stores a notification for the one who asked, once', async () => {
  const { claimed, store, sent } = await begunJob()
  expect(await store.inbox.count('acme', 'ana')).toMatchObject({ unread: 0 })
  await claimed.complete({ url: 'x' })
  await claimed.complete({ url: 'x' })
  const { notifications } = await store.inbox.list('acme', 'ana', { limit: 10 })
  expect(notifications).toMatchObject([{ type: 'provisioning', title: 'Your site', message: 'completed' }])
  expect(sent.filter(({ channel: key }) => key.includes('$user:ana'))).toHaveLength(1)
})

it('[ALR2] ends what nobody claims any more, on one of the nodes', async () => {
  const { cut, wrap } = cutOff()
  const { jobs, service, clock, id, store, told } = await begunJob(wrap)
  cut.away = true
  const upkeep = [1, 2].map((node) =>
    keepJobsUp({ jobs: service, leases: store.leases, clock, newId: () => `node-${node}-${clock.now()}`, onFailure: () => {} }),
  )
  await clock.advance(40_000)
  expect(await jobs.get(id)).toMatchObject({ state: 'queued', attempt: 1, message: 'the worker stopped answering' })
  expect(told().filter(([, data]) => (data as { status: string }).status === 'queued')).toHaveLength(2)
  const second = await claimOne(jobs)
  expect(second.attempt).toBe(2)
  await clock.advance(60_000)
  expect(await jobs.get(id)).toMatchObject({ state: 'failed', error: 'the worker stopped answering' })
  expect(told().filter(([name]) => name === 'status:failed')).toHaveLength(1)
  for (const one of upkeep) one.cancel()
})

it('[JOB1] lets no definition that throws hold up a queue', async () => {
  const failing = job({
    ...{ input: z.object({ site: z.string() }), result: z.string(), channel: contract.channels.provisioning },
    params: ({ input }) => ({ tenantId: input.site }),
    progress: {
      event: 'status:update',
      data({ state }) {
        if (state !== 'queued') throw new Error('a fault of the application')
        return { tenant_id: 'rice', status: state, progress: 0, message: null }
      },
    },
    completed: { event: 'status:completed', data: () => ({ tenant_id: '', erpnext_url: '' }) },
    failed: { event: 'status:failed', data: () => ({ tenant_id: '', error: '' }) },
  })
  const { store, clock, logger } = jobYard()
  const jobs = openJobs({ store, jobs: { failing }, clock, logger, tenant: 'acme' })
  const { id } = await jobs.create('failing', { site: 'rice' })
  expect(await jobs.claim('failing', { leaseMs: 0 })).toMatchObject({ id, attempt: 1 })
  expect(await jobs.claim('failing', { leaseMs: 0 })).toMatchObject({ id, attempt: 2 })
  expect(await jobs.claim('failing', { leaseMs: 0 })).toMatchObject({ id, attempt: 3 })
  expect(await jobs.claim('failing')).toBeNull()
  expect(await jobs.get(id)).toMatchObject({ state: 'failed' })
  expect(logger.lines.length).toBeGreaterThan(0)
})

it('[TEN1] shows a tenant its own jobs alone, by page', async () => {
  const { jobs, id } = await begunJob()
  for (const site of ['a', 'b']) await jobs.create('provisioning', { site })
  expect(await jobs.get(id, { tenant: 'zenith' })).toBeNull()
  await expect(jobs.cancel(id, { tenant: 'zenith' })).rejects.toMatchObject({ code: 'not_found' })
  expect(await jobs.list({ tenant: 'zenith' })).toEqual({ jobs: [], cursor: null })
  const { jobs: first, cursor } = await jobs.list({ limit: 2 })
  const { jobs: rest } = await jobs.list({ limit: 2, ...(cursor !== null && { cursor }) })
  expect([...first, ...rest].map(({ input }) => input)).toEqual([{ site: 'b' }, { site: 'a' }, { site: 'rice' }])
  expect((await jobs.list({ state: 'running', actor: 'ana', type: 'provisioning' })).jobs).toHaveLength(1)
})

it('[OPS3] does not start with events that could not keep the promise, and names the mend', () => {
  const volatile = defineContract({
    channels: {
      c: channel('c', { events: { now: event(z.string(), { delivery: 'retained' }), end: event(z.string(), { delivery: 'volatile' }) } }),
    },
  })
  const declared = (progress: 'now' | 'end', end: 'now' | 'end', attempts = 1) =>
    job({
      ...{ input: z.string(), result: z.string(), channel: volatile.channels.c, params: () => ({}), retry: { attempts } },
      progress: { event: progress, data: () => '' },
      completed: { event: end, data: () => '' },
      failed: { event: end, data: () => '' },
    })
  const open = (definition: ReturnType<typeof declared>) => () => openJobs({ store: memoryStore(), jobs: { it: definition } })
  expect(open(declared('end', 'end'))).toThrow('jobs.it.progress is told as "end", which is volatile: declare it as retained')
  expect(open(declared('now', 'end'))).toThrow('jobs.it.completed is told as "end", which is volatile: declare it as durable')
  expect(open(declared('now', 'now'))).toThrow('jobs.it.completed is told as "now", which is retained: declare it as durable')
  expect(open({ ...declared('now', 'end', 0), told: provisioning.told, channel: provisioning.channel })).toThrow(
    /jobs\.it\.retry\.attempts is 0/,
  )
})
