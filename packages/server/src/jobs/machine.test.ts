import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JobEvent, type JobStep, nextJob, retryDelayMs, silentError } from './machine.ts'
import { isFinal, type Job, type QueuedJob } from './port.ts'

const retry = { attempts: 3, delayMs: 100, maxDelayMs: 1_000 }
const queued: QueuedJob = {
  ...{ id: 'j1', tenant: 'acme', type: 'report', input: { month: 5 }, actor: { id: 'ana' }, state: 'queued' },
  ...{ progress: 0, message: null, attempt: 0, createdAt: 0, dueAt: 0 },
}
const claim: JobEvent = { kind: 'claim', worker: 'w1', leaseMs: 1_000 }

/** The last step of a series; each at its time. */
function lived(...events: readonly (readonly [number, JobEvent])[]): JobStep {
  let step: JobStep = { kind: 'same', job: queued }
  for (const [now, event] of events) step = nextJob(step.job, event, { now, retry })
  return step
}

describe('the life of a job', () => {
  it('[JOB1] runs, moves and completes, and tells each of it', () => {
    expect(lived([5, claim])).toEqual({
      kind: 'changed',
      tells: 'progress',
      job: { ...queued, dueAt: undefined, state: 'running', attempt: 1, worker: 'w1', leaseUntil: 1_005 },
    })
    const moved = lived([5, claim], [7, { kind: 'progress', attempt: 1, progress: 40, message: 'Creating site', leaseMs: 1_000 }])
    expect(moved).toMatchObject({ kind: 'changed', tells: 'progress', job: { progress: 40, message: 'Creating site', leaseUntil: 1_007 } })
    const done = nextJob(moved.job, { kind: 'complete', attempt: 1, result: { url: 'x' } }, { now: 9, retry })
    expect(done).toMatchObject({
      kind: 'changed',
      tells: 'end',
      job: { state: 'completed', progress: 100, result: { url: 'x' }, finishedAt: 9 },
    })
    expect(done.job).not.toHaveProperty('leaseUntil')
  })

  it('[JOB1] renews a lease without a word', () => {
    expect(lived([0, claim], [500, { kind: 'renew', attempt: 1, leaseMs: 1_000 }])).toMatchObject({
      tells: 'nothing',
      job: { leaseUntil: 1_500 },
    })
  })

  it('[JOB1] refuses a second worker while the lease holds, and gives it the job when it has run out', () => {
    expect(lived([0, claim], [999, claim]).kind).toBe('refused')
    expect(lived([0, claim], [1_000, claim])).toMatchObject({ kind: 'changed', job: { attempt: 2, leaseUntil: 2_000 } })
  })

  it('[JOB1] refuses a worker whose job was taken over, whatever it says', () => {
    const said: readonly JobEvent[] = [
      { kind: 'renew', attempt: 1, leaseMs: 1 },
      { kind: 'progress', attempt: 1, progress: 90, leaseMs: 1 },
      { kind: 'complete', attempt: 1, result: null },
      { kind: 'fail', attempt: 1, error: 'x', retry: true },
    ]
    for (const event of said) expect(lived([0, claim], [1_000, claim], [1_001, event]).kind).toBe('refused')
  })

  it('[JOB1] lets a late worker go on that nobody has taken the job from', () => {
    expect(lived([0, claim], [5_000, { kind: 'complete', attempt: 1, result: 1 }])).toMatchObject({ job: { state: 'completed' } })
  })

  it('[JOB1] shows what an earlier attempt reached until the next one has passed it, with the words of the next one', () => {
    const again = lived([0, claim], [1, { kind: 'progress', attempt: 1, progress: 60, message: 'Half', leaseMs: 1_000 }], [2_000, claim])
    expect(again.job).toMatchObject({ progress: 60, message: null, attempt: 2 })
    const behind = nextJob(
      again.job,
      { kind: 'progress', attempt: 2, progress: 20, message: 'Once more', leaseMs: 1 },
      { now: 2_001, retry },
    )
    expect(behind).toMatchObject({ tells: 'progress', job: { progress: 60, message: 'Once more' } })
    const same = nextJob(behind.job, { kind: 'progress', attempt: 2, progress: 30, leaseMs: 1 }, { now: 2_002, retry })
    expect(same).toMatchObject({ kind: 'changed', tells: 'nothing', job: { progress: 60 } })
  })

  it('[JOB1] tries again after a pause that doubles, until the attempts are used up', () => {
    const fail = (attempt: number): JobEvent => ({ kind: 'fail', attempt, error: 'disk full', retry: true })
    const first = lived([0, claim], [10, fail(1)])
    expect(first).toMatchObject({ tells: 'progress', job: { state: 'queued', dueAt: 110, message: 'disk full' } })
    const last = lived([0, claim], [10, fail(1)], [200, claim], [210, fail(2)], [500, claim], [510, fail(3)])
    expect(last).toMatchObject({ tells: 'end', job: { state: 'failed', error: 'disk full', attempt: 3, finishedAt: 510 } })
    expect([1, 2, 3, 4, 5, 40].map((attempt) => retryDelayMs(attempt, retry))).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it('[JOB1] fails at once where another attempt would not help', () => {
    expect(lived([0, claim], [1, { kind: 'fail', attempt: 1, error: 'no such plan', retry: false }])).toMatchObject({
      tells: 'end',
      job: { state: 'failed', error: 'no such plan', progress: 0 },
    })
  })

  it('[JOB1] ends a job whose last worker fell silent, whoever looks first', () => {
    const silent = [0, 1_000, 2_000].map((now) => [now, claim] as const)
    for (const event of [claim, { kind: 'sweep' } as const])
      expect(lived(...silent, [3_000, event])).toMatchObject({ tells: 'end', job: { state: 'failed', error: silentError } })
    expect(lived([0, claim], [1_000, { kind: 'sweep' }])).toMatchObject({ tells: 'progress', job: { state: 'queued', dueAt: 1_000 } })
    expect(lived([0, claim], [999, { kind: 'sweep' }]).kind).toBe('refused')
  })

  it('[JOB1] takes the same end twice from the same attempt as one', () => {
    const complete: JobEvent = { kind: 'complete', attempt: 1, result: 1 }
    expect(lived([0, claim], [1, complete], [2, complete])).toMatchObject({ kind: 'same', job: { finishedAt: 1 } })
    const fail: JobEvent = { kind: 'fail', attempt: 1, error: 'x', retry: true }
    expect(lived([0, claim], [1, fail], [2, fail])).toMatchObject({ kind: 'same', job: { state: 'queued' } })
    expect(lived([0, { kind: 'cancel' }], [1, { kind: 'cancel' }])).toMatchObject({ kind: 'same', job: { finishedAt: 0 } })
    expect(lived([0, claim], [1, complete], [2, { kind: 'cancel' }]).kind).toBe('refused')
  })

  it('[JOB1] ends once, never falls back, and obeys the last attempt alone, whatever happens in whatever order', () => {
    const attempt = fc.integer({ min: 0, max: 4 })
    const event: fc.Arbitrary<JobEvent> = fc.oneof(
      { weight: 3, arbitrary: fc.constant(claim) },
      fc.record({ kind: fc.constant('renew' as const), attempt, leaseMs: fc.constant(1_000) }),
      {
        weight: 4,
        arbitrary: fc.record({
          ...{ kind: fc.constant('progress' as const), attempt, progress: fc.integer({ min: 0, max: 100 }) },
          ...{ message: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }), leaseMs: fc.constant(1_000) },
        }),
      },
      fc.record({ kind: fc.constant('complete' as const), attempt, result: fc.nat() }),
      fc.record({ kind: fc.constant('fail' as const), attempt, error: fc.constant('x'), retry: fc.boolean() }),
      fc.constant<JobEvent>({ kind: 'sweep' }),
      { weight: 1, arbitrary: fc.constant<JobEvent>({ kind: 'cancel' }) },
    )
    fc.assert(
      fc.property(fc.array(fc.record({ event, after: fc.nat(1_500) }), { maxLength: 40 }), (steps) => {
        let job: Job = queued
        let now = 0
        let ends = 0
        for (const { event: next, after: ms } of steps) {
          now += ms
          const before = job
          const step = nextJob(job, next, { now, retry })
          job = step.job
          if (step.kind !== 'changed') expect(job).toBe(before)
          else if (step.tells === 'end') ends += 1
          expect(job.progress).toBeGreaterThanOrEqual(before.progress)
          expect(job.attempt).toBeGreaterThanOrEqual(before.attempt)
          expect(job.attempt).toBeLessThanOrEqual(retry.attempts)
          if (isFinal(before)) expect(job).toBe(before)
          if ('attempt' in next && next.attempt !== before.attempt) expect(step.kind).toBe('refused')
        }
        expect(ends).toBe(isFinal(job) ? 1 : 0)
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})
