import { type FinalJob, isFinal, type Job, type QueuedJob, type RunningJob } from './port.ts'

/** What happens to a job. `attempt` is the fencing number that its sender was given with the claim. */
export type JobEvent =
  | { readonly kind: 'claim'; readonly worker: string; readonly leaseMs: number }
  | { readonly kind: 'renew'; readonly attempt: number; readonly leaseMs: number }
  | {
      readonly kind: 'progress'
      readonly attempt: number
      readonly progress: number
      /** Undefined leaves the message as it is. */
      readonly message?: string | undefined
      readonly leaseMs: number
    }
  | { readonly kind: 'complete'; readonly attempt: number; readonly result: unknown }
  | { readonly kind: 'fail'; readonly attempt: number; readonly error: string; readonly retry: boolean }
  | { readonly kind: 'cancel'; readonly message?: string | undefined }
  /** Nobody came when the worker fell silent. */
  | { readonly kind: 'sweep' }

export interface JobRetry {
  /** How often a job is begun, at most: the first time counts. */
  readonly attempts: number
  /** Before the second attempt; doubled for each further one, up to `maxDelayMs`. */
  readonly delayMs: number
  readonly maxDelayMs: number
}

export type JobStep =
  /** `tells`: what people are to hear of it. */
  | { readonly kind: 'changed'; readonly job: Job; readonly tells: 'nothing' | 'progress' | 'end' }
  /** It is so already, by the same attempt. */
  | { readonly kind: 'same'; readonly job: Job }
  /** Somebody else has it, or it has ended. */
  | { readonly kind: 'refused'; readonly job: Job }

export const silentError = 'the worker stopped answering'

const only = ({ id, tenant, type, input, actor, progress, message, attempt, createdAt }: Job) => ({
  ...{ id, tenant, type, input },
  ...(actor && { actor }),
  ...{ progress, message, attempt, createdAt },
})

function ended(job: FinalJob): JobStep {
  return { kind: 'changed', job, tells: 'end' }
}

function failed(job: Job, error: string, now: number): JobStep {
  return ended({ ...only(job), state: 'failed', message: error, error, finishedAt: now })
}

function waiting(job: Job, message: string, dueAt: number): JobStep {
  const queued: QueuedJob = { ...only(job), state: 'queued', message, dueAt }
  return { kind: 'changed', job: queued, tells: 'progress' }
}

export function retryDelayMs(attempt: number, { delayMs, maxDelayMs }: JobRetry): number {
  return Math.min(delayMs * 2 ** (attempt - 1), maxDelayMs)
}

function claimed(job: Job, worker: string, leaseMs: number, now: number, { attempts }: JobRetry): JobStep {
  if (isFinal(job)) return { kind: 'refused', job }
  if (job.state === 'running') {
    if (job.leaseUntil > now) return { kind: 'refused', job }
    if (job.attempt >= attempts) return failed(job, silentError, now)
  }
  // The message was the last worker's; what it has reached stays, until this one passes it.
  const running: RunningJob = {
    ...only(job),
    ...{ state: 'running', message: null, attempt: job.attempt + 1, worker, leaseUntil: now + leaseMs },
  }
  return { kind: 'changed', job: running, tells: 'progress' }
}

function moved(job: RunningJob, progress: number, message: string | undefined, leaseUntil: number): JobStep {
  const next = { ...job, progress: Math.max(job.progress, progress), message: message ?? job.message, leaseUntil }
  const tells = next.progress === job.progress && next.message === job.message ? 'nothing' : 'progress'
  return { kind: 'changed', job: next, tells }
}

/**
 * The whole life of a job: queued → running → completed, failed or cancelled, and nothing after that. Who has not the last attempt moves nothing.
 * A worker that is late, but that nobody has taken the job from, still has it.
 */
export function nextJob(job: Job, event: JobEvent, { now, retry }: { readonly now: number; readonly retry: JobRetry }): JobStep {
  switch (event.kind) {
    case 'claim':
      return claimed(job, event.worker, event.leaseMs, now, retry)
    case 'cancel':
      if (job.state === 'cancelled') return { kind: 'same', job }
      if (isFinal(job)) return { kind: 'refused', job }
      return ended({ ...only(job), state: 'cancelled', message: event.message ?? null, finishedAt: now })
    case 'sweep':
      if (job.state !== 'running' || job.leaseUntil > now) return { kind: 'refused', job }
      return job.attempt >= retry.attempts ? failed(job, silentError, now) : waiting(job, silentError, now)
  }
  if (event.attempt !== job.attempt) return { kind: 'refused', job }
  // An answer that was lost on its way is asked for again.
  if (event.kind === 'complete' && job.state === 'completed') return { kind: 'same', job }
  if (event.kind === 'fail' && (job.state === 'failed' || job.state === 'queued')) return { kind: 'same', job }
  if (job.state !== 'running') return { kind: 'refused', job }
  switch (event.kind) {
    case 'renew':
      return { kind: 'changed', job: { ...job, leaseUntil: now + event.leaseMs }, tells: 'nothing' }
    case 'progress':
      return moved(job, event.progress, event.message, now + event.leaseMs)
    case 'complete':
      return ended({ ...only(job), state: 'completed', progress: 100, result: event.result, finishedAt: now })
    case 'fail':
      if (!event.retry || job.attempt >= retry.attempts) return failed(job, event.error, now)
      return waiting(job, event.error, now + retryDelayMs(job.attempt, retry))
  }
}
