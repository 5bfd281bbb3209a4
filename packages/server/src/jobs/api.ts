import type { Actor } from '@millrace/contract'
import type { JobInput, JobMap, JobName, JobOf, JobResult } from './definition.ts'
import type { Job, JobFilter } from './port.ts'

export interface JobTenantOption {
  /** @default the `tenant` of the server, or of `openJobs` */
  readonly tenant?: string
}

export interface CreateJobOptions extends JobTenantOption {
  /** Who asks for it: the actor of what is published, and the one whom `notify` is for. */
  readonly actor?: Actor
  /** Seen before in this tenant for this type, and the job is still kept: nothing is stored, the answer is the first one. At most 500 characters. */
  readonly dedupeKey?: string
  /** A transaction on the store's database: the job is there if and only if it commits. On SQLite it is written, or the failure thrown, before the call returns. */
  readonly tx?: unknown
}

export interface ClaimOptions {
  /** Who works: shown to operators. @default a random id */
  readonly worker?: string
  /** How long the job stays this worker's without a sign of it; renewed by itself as long as the process lives. @default 15 s */
  readonly leaseMs?: number
  /** This job, and at once, where a queue of the application's hands out the work. @default the one that is due the longest */
  readonly id?: string
}

export interface WorkOptions {
  readonly worker?: string
  readonly leaseMs?: number
  /** How many jobs at a time. @default 1 */
  readonly concurrency?: number
  /** How often work is looked for while there is none. @default 1 s */
  readonly pollMs?: number
}

export interface JobFailure {
  /** For people: it is published. */
  readonly message: string
  /** Whether another attempt may help; it is made after a pause, as long as attempts are left. @default false */
  readonly retry?: boolean
  /** See `complete`. */
  readonly tx?: unknown
}

/**
 * A job in the hands of one worker. Each call throws `conflict` once the job has been taken over, or cancelled, or has ended otherwise: then this
 * worker has to stop, and moves nothing any more. Claim with `using`: a job that was let go of without an end is another's once its lease has run out.
 */
export interface ClaimedJob<Input = unknown, Result = unknown> extends Disposable {
  readonly id: string
  readonly tenant: string
  readonly type: string
  readonly input: Input
  readonly actor?: Actor
  /** 1 for the first. Whoever does something outside passes it on, so that what an earlier attempt still does can be told apart. */
  readonly attempt: number
  /** Aborted when the job is no longer this worker's, with the error as its reason. Seen within a third of the lease. */
  readonly signal: AbortSignal
  /** It was completed or failed here. */
  readonly ended: boolean
  /**
   * Says how far it is, 0 to 100. What people see never falls: an attempt that begins anew shows its messages, and its numbers once they pass what was
   * reached. At most four a second go out; between them the newest waits, and the call resolves at once. A store that is away is no error here.
   */
  progress(percent: number, message?: string): Promise<void>
  /**
   * Ends the job. With `tx` if and only if that transaction commits: what the work has written and its end are one. Called again after a lost answer
   * it changes nothing. Throws `invalid_payload` for a result that its schema refuses; rejects with `unavailable` where the store is away: call again.
   */
  complete(result: Result, options?: { readonly tx?: unknown }): Promise<void>
  fail(failure: JobFailure): Promise<void>
}

export interface JobWorker {
  /**
   * Takes this job, at once and beside the others, where a queue of the application's hands out the work. Resolves when this worker is done with it, or
   * when there is nothing to do: it has ended, or another worker has it. Either way the queue may forget it: what is left of it is found by looking.
   * Rejects with `unavailable` where the store is away, or the worker has stopped: then the queue has to bring it again.
   */
  take(id: string): Promise<void>
  /** Takes no more work, and resolves when what was begun has ended. Idempotent. */
  stop(): Promise<void>
}

export interface JobList<J extends Job = Job> {
  readonly jobs: readonly J[]
  /** For the next page; null at the end. */
  readonly cursor: string | null
}

/** Long work with a life of its own: it outlives worker, broker and server (JOB1). */
export interface Jobs<M extends JobMap = JobMap> {
  /**
   * Queues work. Throws `invalid_payload` for an input that its schema refuses. Rejects with `unavailable` where the store is away; as the job may be there
   * all the same, a dedupe key makes a repetition harmless.
   */
  create<N extends JobName<M>>(type: N, input: JobInput<M, N>, options?: CreateJobOptions): Promise<JobOf<M, N>>
  /** Takes one job of the type, of whichever tenant; null where there is nothing to do. */
  claim<N extends JobName<M>>(type: N, options?: ClaimOptions): Promise<ClaimedJob<JobOf<M, N>['input'], JobResult<M, N>> | null>
  /**
   * Takes jobs of the type one after the other, for as long as the process lives: what `run` answers is the result. What it throws fails the
   * job: a `MillraceError` with its message, and tried again where its `retry` says so; anything else without its message, logged, and tried again.
   * `run` may call `complete` or `fail` itself.
   */
  work<N extends JobName<M>>(
    type: N,
    run: (job: ClaimedJob<JobOf<M, N>['input'], JobResult<M, N>>) => Promise<JobResult<M, N>>,
    options?: WorkOptions,
  ): JobWorker
  /** Null for an id that is none of this tenant's. */
  get(id: string, options?: JobTenantOption): Promise<Job | null>
  /** Newest first, 50 at a time unless `limit` says otherwise (200 at most). */
  list(options?: JobTenantOption & JobFilter & { readonly cursor?: string; readonly limit?: number }): Promise<JobList>
  /** Idempotent. Rejects with `not_found`, or with `conflict` where the job has ended otherwise. Its worker learns of it with its next sign of life. */
  cancel(id: string, options?: JobTenantOption & { readonly message?: string }): Promise<Job>
}
