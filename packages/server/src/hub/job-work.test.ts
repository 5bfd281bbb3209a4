import { MillraceError } from '@millrace/contract'
import { expect, it } from 'vitest'
import type { ClaimedJob } from '../jobs/api.ts'
import { cutOff, jobYard } from '../testing/job-yard.ts'

it('[JOB1] works through a queue, so many at a time, and ends what it has begun before it stops', async () => {
  const { jobs, clock } = jobYard()
  const begunJobs: ClaimedJob[] = []
  const finish: (() => void)[] = []
  const worker = jobs.work(
    'provisioning',
    (claimed) => {
      begunJobs.push(claimed)
      return new Promise((resolve) => finish.push(() => resolve({ url: 'x' })))
    },
    { concurrency: 2 },
  )
  for (const site of ['a', 'b', 'c']) await jobs.create('provisioning', { site })
  await clock.advance(1_000)
  expect(begunJobs).toHaveLength(2)
  finish[0]?.()
  await clock.advance(0)
  expect(begunJobs).toHaveLength(3)
  const stopped = worker.stop()
  await jobs.create('provisioning', { site: 'd' })
  for (const one of finish) one()
  await stopped
  await clock.advance(10_000)
  const { jobs: all } = await jobs.list()
  expect(all.map(({ state }) => state)).toEqual(['queued', 'completed', 'completed', 'completed'])
  expect(clock.pending).toBe(0)
})

it('[JOB1] takes the job that a queue names at once, and one that is brought twice once', async () => {
  const { jobs, clock } = jobYard()
  const worked: string[] = []
  const finish: (() => void)[] = []
  const worker = jobs.work(
    'provisioning',
    ({ id }) => {
      worked.push(id)
      return new Promise((resolve) => finish.push(() => resolve({ url: 'x' })))
    },
    { pollMs: 60_000 },
  )
  await clock.advance(0)
  const { id } = await jobs.create('provisioning', { site: 'a' })
  const [first, second] = [worker.take(id), worker.take(id)]
  await second
  await clock.advance(0)
  expect(worked).toEqual([id])
  const stopped = worker.stop()
  finish[0]?.()
  await first
  await stopped
  expect(await jobs.get(id)).toMatchObject({ state: 'completed' })
  await expect(worker.take(id)).rejects.toMatchObject({ code: 'unavailable' })
  expect(clock.pending).toBe(0)
})

it('[JOB1] lets a queue bring a job again that the store could not give', async () => {
  const { cut, wrap } = cutOff()
  const { jobs, clock } = jobYard(wrap)
  const worker = jobs.work('provisioning', async () => ({ url: 'x' }), { pollMs: 60_000 })
  await clock.advance(0)
  const { id } = await jobs.create('provisioning', { site: 'a' })
  cut.away = true
  await expect(worker.take(id)).rejects.toMatchObject({ code: 'unavailable' })
  cut.away = false
  // Brought again, or found by the worker's own look, whichever is first.
  await worker.take(id)
  await worker.stop()
  expect(await jobs.get(id)).toMatchObject({ state: 'completed', attempt: 1 })
})

it('[JOB1] fails what its work throws: our own errors as they say, others without their words, and tried again', async () => {
  const { jobs, clock, logger } = jobYard()
  const worker = jobs.work('provisioning', async ({ input }) => {
    if (input.site === 'denied') throw new MillraceError('denied', 'no such plan')
    throw new Error('password of the database: 1234')
  })
  const { id: denied } = await jobs.create('provisioning', { site: 'denied' })
  const { id: broken } = await jobs.create('provisioning', { site: 'broken' })
  for (let second = 0; second < 10; second += 1) await clock.advance(1_000)
  expect(await jobs.get(denied)).toMatchObject({ state: 'failed', error: 'no such plan', attempt: 1 })
  expect(await jobs.get(broken)).toMatchObject({ state: 'failed', error: 'the work failed', attempt: 2 })
  expect(logger.lines.length).toBeGreaterThanOrEqual(3)
  await worker.stop()
})

it('[JOB1] brings the end of the work to a store that was away', async () => {
  const { cut, wrap } = cutOff()
  const { jobs, clock } = jobYard(wrap)
  const worker = jobs.work('provisioning', async () => {
    cut.away = true
    return { url: 'x' }
  })
  const { id } = await jobs.create('provisioning', { site: 'a' })
  await clock.advance(5_000)
  expect(await jobs.get(id)).toMatchObject({ state: 'running' })
  cut.away = false
  await clock.advance(1_000)
  expect(await jobs.get(id)).toMatchObject({ state: 'completed', attempt: 1 })
  await worker.stop()
})
