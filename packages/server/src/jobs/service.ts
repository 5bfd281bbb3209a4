import { type Clock, MillraceError, type Timer } from '@millrace/contract'
import { type AnnouncementOptions, announce, checked } from './announcement.ts'
import type { ClaimedJob, ClaimOptions, CreateJobOptions, JobList, Jobs, JobTenantOption, JobWorker, WorkOptions } from './api.ts'
import { claimedJob } from './claimed-job.ts'
import { checkJobs, type JobDefinition, type JobMap, jobDefaults } from './definition.ts'
import { type JobEvent, type JobStep, nextJob } from './machine.ts'
import { isFinal, type Job, type JobChange, type JobEffects, type JobFilter, type JobStore, jobPageMax, type QueuedJob } from './port.ts'
import { workOn } from './work.ts'

export interface JobServiceOptions extends AnnouncementOptions {
  readonly store: JobStore
  readonly jobs: JobMap
  readonly clock: Clock
  readonly tenant?: string | undefined
  /** Keeps the process alive while a worker looks for work. */
  readonly holdProcess: () => Timer
  readonly onFailure: (error: unknown) => void
}

export const jobListDefault = 50
const dedupeKeyMax = 500
// Claims come first; this is for jobs that nobody asks for any more.
const sweepAfterMs = 15_000
const sweptMax = 1_000

/** Decides with the machine, and writes with each state what people are to hear of it. */
export class JobService implements Jobs {
  readonly #options: JobServiceOptions
  readonly #workers = new Set<JobWorker>()

  /** Throws `ConfigurationError`. */
  constructor(options: JobServiceOptions) {
    checkJobs(options.jobs)
    this.#options = options
  }

  /** With `tx` on SQLite everything is done, or thrown, before the call returns: do not make this an async function. */
  create(type: string, input: unknown, options: CreateJobOptions = {}): Promise<Job> {
    const { store } = this.#options
    const { tx, dedupeKey } = options
    const given = () => {
      if (dedupeKey !== undefined && (dedupeKey === '' || dedupeKey.length > dedupeKeyMax || dedupeKey.includes('\0')))
        throw new MillraceError('invalid_payload', `a dedupe key has 1 to ${dedupeKeyMax} characters, and no U+0000`)
      return { ...this.#newJob(type, input, options), dedupeKey }
    }
    if (tx === undefined) return new Promise((resolve) => resolve(store.add(given())))
    return Promise.resolve(store.addWithin(tx, given()))
  }

  async claim(type: string, { id, worker, leaseMs = jobDefaults.leaseMs }: ClaimOptions = {}): Promise<ClaimedJob | null> {
    const { clock, newId, onFailure } = this.#options
    const definition = this.#definition(type)
    const event: JobEvent = { kind: 'claim', worker: worker ?? newId(), leaseMs }
    const job = id === undefined ? await this.#claimDue(type, event) : await this.#claimOne(id, type, event)
    if (job === null || job.state !== 'running') return null
    return claimedJob({
      ...{ job, leaseMs, clock, onFailure },
      step: (events, tx) => this.#step(job.id, events, tx),
      resultOf: (result) => checked(definition.result, result, `the result of "${type}"`),
    })
  }

  work(
    type: string,
    run: (job: ClaimedJob) => Promise<unknown>,
    { concurrency = 1, pollMs = 1_000, ...claim }: WorkOptions = {},
  ): JobWorker {
    const { clock, holdProcess, onFailure } = this.#options
    this.#definition(type)
    const worker = workOn({
      ...{ clock, holdProcess, run, concurrency, pollMs, onFailure },
      claim: (id) => this.claim(type, id === undefined ? claim : { ...claim, id }),
      onStopped: () => this.#workers.delete(worker),
    })
    this.#workers.add(worker)
    return worker
  }

  async get(id: string, option: JobTenantOption = {}): Promise<Job | null> {
    const job = await this.#options.store.get(id)
    return job !== null && job.tenant === this.#tenantOf(option) ? job : null
  }

  async list({
    cursor,
    limit = jobListDefault,
    tenant,
    ...filter
  }: JobTenantOption & JobFilter & { readonly cursor?: string; readonly limit?: number } = {}): Promise<JobList> {
    const count = Math.max(1, Math.min(limit, jobPageMax))
    const owner = this.#tenantOf(tenant === undefined ? {} : { tenant })
    const jobs = await this.#options.store.list(owner, { ...filter, before: cursor, limit: count })
    const last = jobs.at(-1)
    return { jobs, cursor: jobs.length === count && last !== undefined ? last.id : null }
  }

  async cancel(id: string, { message, ...option }: JobTenantOption & { readonly message?: string } = {}): Promise<Job> {
    return this.#step(id, [{ kind: 'cancel', message }], undefined, this.#tenantOf(option))
  }

  /** Ends, or queues again, jobs whose worker has been silent for long: their claimers may be gone as well. */
  async sweep(): Promise<void> {
    const { store, jobs } = this.#options
    for (const type of Object.keys(jobs))
      for (let swept = 0; swept < sweptMax; swept += 1) {
        const found = await store.changeDue(type, 'running', (job, now) =>
          now < (job.state === 'running' ? job.leaseUntil : now) + sweepAfterMs
            ? { answer: false }
            : {
                ...this.#write(job, nextJob(job, { kind: 'sweep' }, { now, retry: this.#definition(type).retry }), now, true),
                answer: true,
              },
        )
        if (found !== true) break
      }
  }

  /** Forgets jobs that ended before `time`. */
  async trim(time: number): Promise<void> {
    await this.#options.store.trim(time)
  }

  /** Takes no more work; what was begun goes on, and is taken over where it does not end. */
  close(): void {
    for (const worker of this.#workers) void worker.stop()
  }

  async #claimDue(type: string, event: JobEvent): Promise<Job | null> {
    const { store } = this.#options
    const { retry } = this.#definition(type)
    for (const state of ['running', 'queued'] as const)
      for (;;) {
        const job = await store.changeDue(type, state, (found, now) => this.#write(found, nextJob(found, event, { now, retry }), now, true))
        if (job === null) break
        // Where the last attempt was silent the job has ended with this look.
        if (job.state === 'running') return job
      }
    return null
  }

  #claimOne(id: string, type: string, event: JobEvent): Promise<Job | null> {
    const { retry } = this.#definition(type)
    return this.#options.store.change<Job | null>(id, (found, now) => {
      if (found === null || found.type !== type) return { answer: null }
      const step = nextJob(found, event, { now, retry })
      return step.kind === 'refused' ? { answer: null } : this.#write(found, step, now, true)
    })
  }

  /** With `tx` on SQLite it is done, or thrown, before the call returns: do not make this an async function. */
  #step(id: string, events: readonly JobEvent[], tx?: unknown, tenant?: string): Promise<Job> {
    const { store } = this.#options
    const decide = (found: Job | null, now: number): JobChange<Job> => {
      if (found === null || (tenant !== undefined && found.tenant !== tenant)) throw new MillraceError('not_found', 'there is no such job')
      const { retry } = this.#definition(found.type)
      let step: JobStep = { kind: 'same', job: found }
      let tells: 'nothing' | 'progress' | 'end' = 'nothing'
      let changed = false
      for (const event of events) {
        const next = nextJob(step.job, event, { now, retry })
        // Of several the last one counts: a job that has ended so already needs no progress.
        if (next.kind === 'refused' && event !== events.at(-1)) continue
        if (next.kind === 'refused') throw conflict(found)
        if (next.kind === 'changed') {
          changed = true
          if (next.tells !== 'nothing') tells = next.tells
        }
        step = next
      }
      return changed ? this.#write(found, { kind: 'changed', job: step.job, tells }, now, false) : { answer: step.job }
    }
    if (tx === undefined) return store.change(id, decide)
    return Promise.resolve(store.changeWithin(tx, id, decide))
  }

  #write(found: Job, step: JobStep, now: number, lenient: boolean): JobChange<Job> {
    if (step.kind !== 'changed') return { answer: found }
    const { job, tells } = step
    return { answer: job, write: { job, ...(tells === 'nothing' ? { entries: [] } : this.#announce(job, now, lenient)) } }
  }

  /** `lenient`: nobody is there to whom a definition that throws could be reported, and the job must not hang on it. */
  #announce(job: Job, now: number, lenient: boolean): JobEffects {
    try {
      return announce(job, this.#definition(job.type), now, this.#options)
    } catch (error) {
      if (!lenient) throw error
      this.#options.onFailure(error)
      return { entries: [] }
    }
  }

  #newJob(type: string, given: unknown, { actor, ...option }: CreateJobOptions) {
    const { clock, newId } = this.#options
    const input = checked(this.#definition(type).input, given, `the input of "${type}"`)
    const now = clock.now()
    const job: QueuedJob = {
      ...{ id: newId(), tenant: this.#tenantOf(option), type, input, state: 'queued', progress: 0, message: null, attempt: 0 },
      ...(actor && { actor }),
      // At once, whatever the store's clock says.
      ...{ createdAt: now, dueAt: 0 },
    }
    return { job, ...this.#announce(job, now, false) }
  }

  #definition(type: string): JobDefinition {
    const { jobs } = this.#options
    const definition = Object.hasOwn(jobs, type) ? jobs[type] : undefined
    if (definition === undefined) throw new MillraceError('not_found', `no job is declared as "${type}": add it to \`jobs\``)
    return definition
  }

  #tenantOf({ tenant = this.#options.tenant }: JobTenantOption): string {
    if (tenant === undefined) throw new MillraceError('invalid_payload', 'name the tenant, or give the server a `tenant` of its own')
    return tenant
  }
}

function conflict(job: Job): MillraceError {
  const why = isFinal(job)
    ? `the job has ended: ${job.state}`
    : `attempt ${job.attempt} of the job is under way, or it waits for another one`
  return new MillraceError('conflict', why, { state: job.state, attempt: job.attempt })
}
