import type { Actor } from '@millrace/contract'
import type { NewNotification, UserInboxChange } from '../inbox/port.ts'
import type { OutboxEntry } from '../outbox/port.ts'

export type JobState = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled'

interface JobBase<Input> {
  readonly id: string
  readonly tenant: string
  readonly type: string
  readonly input: Input
  /** Who asked for it. */
  readonly actor?: Actor
  /** 0 to 100. It never falls, whatever the number of attempts (JOB1). */
  readonly progress: number
  /** What the last worker said, or why the job waits again. */
  readonly message: string | null
  /** How often it was claimed: the fencing number of who has it now. */
  readonly attempt: number
  readonly createdAt: number
}

export interface QueuedJob<Input = unknown> extends JobBase<Input> {
  readonly state: 'queued'
  /** Nobody is to begin before. 0: at once, behind what is due already. */
  readonly dueAt: number
}
export interface RunningJob<Input = unknown> extends JobBase<Input> {
  readonly state: 'running'
  readonly worker: string
  /** From then on others may take it over. */
  readonly leaseUntil: number
}
export interface CompletedJob<Input = unknown, Result = unknown> extends JobBase<Input> {
  readonly state: 'completed'
  readonly result: Result
  readonly finishedAt: number
}
export interface FailedJob<Input = unknown> extends JobBase<Input> {
  readonly state: 'failed'
  readonly error: string
  readonly finishedAt: number
}
export interface CancelledJob<Input = unknown> extends JobBase<Input> {
  readonly state: 'cancelled'
  readonly finishedAt: number
}
export type FinalJob<Input = unknown, Result = unknown> = CompletedJob<Input, Result> | FailedJob<Input> | CancelledJob<Input>
/** Long work, and where it stands. Times are milliseconds since 1970, by the store's clock where they are compared. */
export type Job<Input = unknown, Result = unknown> = QueuedJob<Input> | RunningJob<Input> | FinalJob<Input, Result>

/** A notification for the one who asked, stored with the change that it tells of. */
export interface JobNotice {
  readonly userId: string
  readonly notification: NewNotification
  /** How the user's devices are told of it. */
  readonly entryOf: (change: UserInboxChange) => OutboxEntry
}

/** What is stored with a job's new state, or not at all. */
export interface JobEffects {
  readonly entries: readonly OutboxEntry[]
  readonly notice?: JobNotice
}

export interface NewJob extends JobEffects {
  readonly job: QueuedJob
  /** Per tenant and type, remembered as long as its job. */
  readonly dedupeKey?: string | undefined
}

export interface JobChange<T> {
  readonly answer: T
  /** Left out where nothing is written. */
  readonly write?: JobEffects & { readonly job: Job }
}

/**
 * Decides on a job as it is now, by the store's clock (`now`). Called once for each attempt to write, synchronously; where it throws nothing is
 * written, and the caller gets what it has thrown. The job's id, tenant, type and input stay what they are.
 */
export type JobDecision<J extends Job | null, T> = (job: J, now: number) => JobChange<T>

export interface JobFilter {
  readonly type?: string | undefined
  readonly state?: JobState | undefined
  /** The id of who asked. */
  readonly actor?: string | undefined
}

/**
 * Jobs, and what is published with each change of one: both are written in one transaction, and entries go the way of the outbox, per job in the
 * order of its changes. Changes of one job are made one after the other, whatever the number of nodes. Rejects with `unavailable` where the store
 * cannot write.
 */
export interface JobStore {
  /** Answers the job as stored: the first one, and nothing is stored, where the dedupe key was seen. */
  add(given: NewJob): Promise<Job>
  /** The same in the caller's transaction; see `Outbox.write` for how it is carried out on SQLite. */
  addWithin(tx: unknown, given: NewJob): Job | Promise<Job>
  /** Changes one job, as one atomic step; `decide` gets null for an id that is not there. */
  change<T>(id: string, decide: JobDecision<Job | null, T>): Promise<T>
  /** The same in the caller's transaction, which has the job to its end. */
  changeWithin<T>(tx: unknown, id: string, decide: JobDecision<Job | null, T>): T | Promise<T>
  /**
   * Changes one job of the type that waits in `state`: a queued one that is due, or a running one whose lease has run out; the one that has
   * waited longest, and of those that have waited as long the one that was made first. Null where there is none, or others are at all of them.
   */
  changeDue<T>(type: string, state: 'queued' | 'running', decide: JobDecision<Job, T>): Promise<T | null>
  get(id: string): Promise<Job | null>
  /**
   * A tenant's jobs, newest first, not more than `jobPageMax`; those made before the one whose id is `before`. Throws `invalid_payload` for an id that
   * is none of this tenant's.
   */
  list(tenant: string, options: JobFilter & { readonly before?: string | undefined; readonly limit: number }): Promise<readonly Job[]>
  /** Deletes jobs that ended before `time`, in batches that block nobody, and forgets their dedupe keys. */
  trim(time: number): Promise<number>
}

export const jobPageMax = 200

/** From when on somebody may do something about it by himself; null for what has ended. */
export function dueAtOf(job: Job): number | null {
  if (job.state === 'queued') return job.dueAt
  return job.state === 'running' ? job.leaseUntil : null
}

export function isFinal(job: Job): job is FinalJob {
  return job.state === 'completed' || job.state === 'failed' || job.state === 'cancelled'
}
