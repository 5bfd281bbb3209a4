import { type Clock, MillraceError, type Timer } from '@millrace/contract'
import { type DatabaseHandle, inTransaction, sqliteFailure } from './driver.ts'
import type { Sql, SqlStore } from './port.ts'

export interface WriterHooks {
  /** First in each transaction. False: there is more of its own to do, and jobs wait for a later transaction. */
  readonly begun: () => boolean
  /** A job has failed and was undone by its savepoint; those before it stay. */
  readonly undone: () => void
  /** Last before the commit. */
  readonly committing: () => void
  /** After the commit, before the jobs' promises resolve. Does not throw. */
  readonly committed: () => void
  readonly rolledBack: () => void
}

export interface WriterOptions {
  readonly handle: DatabaseHandle
  readonly sql: Sql
  readonly clock: Clock
  readonly nextTurn: (run: () => void) => void
  /** Keeps the process alive while writes wait for a lock. */
  readonly holdProcess: () => Timer
  /** Past so many waiting jobs, or bytes, a write is refused. */
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
  /** How long a write waits for another connection's transaction. */
  readonly lockTimeoutMs: number
}

interface Job {
  readonly run: (sql: Sql) => unknown
  readonly atomic: boolean
  readonly bytes: number
  readonly since: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

// A transaction is bounded, so that a long queue leaves the event loop to others between two of them.
const batchMax = 1_000
const batchMaxBytes = 2_097_152
// While another connection holds the lock: at the next turns first, then by the clock.
const eagerAttempts = 3
const retryMaxMs = 25

/**
 * Carries out writes in groups: what is submitted in one turn of the event loop is one transaction, and one flush to the disk
 * pays for all of it. It never waits for a lock inside SQLite, which would stop the event loop, and with it the application's
 * transaction that holds the lock: it comes back later, with everything still in order.
 */
export class SqliteWriter implements SqlStore {
  readonly #options: WriterOptions
  readonly #hooks: WriterHooks
  #jobs: Job[] = []
  #bytes = 0
  #scheduled = false
  #retry: Timer | null = null
  #hold: Timer | null = null
  #attempts = 0
  #closing: Promise<void> | null = null
  #onIdle: (() => void) | null = null

  constructor(options: WriterOptions, hooks: WriterHooks) {
    this.#options = options
    this.#hooks = hooks
  }

  write<T>(job: (sql: Sql) => T, { atomic = false, bytes = 0 }: { readonly atomic?: boolean; readonly bytes?: number } = {}): Promise<T> {
    const { clock, maxWaiting, maxWaitingBytes } = this.#options
    if (this.#closing !== null) return Promise.reject(unavailable('the store is closed'))
    if (this.#jobs.length >= maxWaiting || this.#bytes + bytes > maxWaitingBytes)
      return Promise.reject(
        unavailable(`too many writes are waiting for the store (${this.#jobs.length} of ${this.#bytes} bytes): publish more slowly`),
      )
    return new Promise<T>((resolve, reject) => {
      // Holds: the value given to `resolve` is what this job's `run` has returned.
      this.#jobs.push({ run: job, atomic, bytes, since: clock.now(), resolve: resolve as (value: unknown) => void, reject })
      this.#bytes += bytes
      this.#schedule()
      this.#holdWhileWaiting()
    })
  }

  async read<T>(job: (sql: Sql) => T, { single = false }: { readonly single?: boolean } = {}): Promise<T> {
    const { handle, sql } = this.#options
    if (this.#closing !== null) throw unavailable('the store is closed')
    try {
      if (single) return job(sql)
      handle.exec('BEGIN')
      const value = job(sql)
      handle.exec('COMMIT')
      return value
    } catch (error) {
      if (inTransaction(handle)) handle.exec('ROLLBACK')
      throw asCallersError(error)
    }
  }

  /** Runs a transaction soon, for the hooks' own work. */
  wake(): void {
    if (this.#closing === null) this.#schedule()
  }

  /** Refuses new jobs and waits for those that were taken. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= new Promise<void>((resolve) => {
      if (this.#isIdle()) resolve()
      else this.#onIdle = resolve
    })
    return this.#closing
  }

  // An attempt that is planned for the hooks' work alone is not waited for: what it would find is there at the next start.
  #isIdle(): boolean {
    if (this.#jobs.length > 0 || this.#scheduled) return false
    this.#retry?.cancel()
    return true
  }

  #schedule(): void {
    if (this.#scheduled || this.#retry !== null) return
    this.#scheduled = true
    this.#options.nextTurn(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#begin()) this.#transact()
    if (this.#jobs.length > 0) this.#schedule()
    this.#holdWhileWaiting()
    if (this.#closing !== null && this.#isIdle()) this.#onIdle?.()
  }

  #holdWhileWaiting(): void {
    if (this.#retry !== null && this.#jobs.length > 0) this.#hold ??= this.#options.holdProcess()
    else {
      this.#hold?.cancel()
      this.#hold = null
    }
  }

  /** Takes the write lock. Where another connection has it, plans another attempt. */
  #begin(): boolean {
    const { handle, clock } = this.#options
    try {
      handle.exec('BEGIN IMMEDIATE')
      this.#attempts = 0
      return true
    } catch (error) {
      if (sqliteFailure(error) !== 'busy') {
        this.#reject(this.#jobs.length, error)
        return false
      }
      this.#rejectOverdue(error)
      this.#attempts += 1
      if (this.#attempts <= eagerAttempts) this.#schedule()
      else this.#retry = clock.after(Math.min(2 ** (this.#attempts - eagerAttempts - 1), retryMaxMs), () => this.#again())
      return false
    }
  }

  #rejectOverdue(cause: unknown): void {
    const { clock, lockTimeoutMs } = this.#options
    const waiting = this.#jobs.findIndex(({ since }) => clock.now() - since < lockTimeoutMs)
    this.#reject(
      waiting === -1 ? this.#jobs.length : waiting,
      new Error(`another transaction has held the lock for ${lockTimeoutMs} ms`, { cause }),
    )
  }

  #again(): void {
    this.#retry = null
    this.#flush()
  }

  #transact(): void {
    const { handle } = this.#options
    let jobs: Job[] = []
    const outcomes: Outcome[] = []
    try {
      const more = !this.#hooks.begun()
      if (more) this.#schedule()
      else jobs = this.#batch()
      for (const job of jobs) outcomes.push(this.#run(job))
      this.#hooks.committing()
      handle.exec('COMMIT')
    } catch (error) {
      this.#rollback()
      // Also those that were only waiting: what has failed here would fail again at once.
      for (const job of jobs.length > 0 ? jobs : this.#batch()) job.reject(unavailable('the store could not write', error))
      return
    }
    this.#hooks.committed()
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.ok) jobs[index]?.resolve(outcome.value)
      else jobs[index]?.reject(asCallersError(outcome.error))
    }
  }

  /** The jobs of the next transaction. */
  #batch(): Job[] {
    let count = 0
    let bytes = 0
    for (const job of this.#jobs) {
      if (count === batchMax || (count > 0 && bytes + job.bytes > batchMaxBytes)) break
      count += 1
      bytes += job.bytes
    }
    return this.#take(count)
  }

  #take(count: number): Job[] {
    const jobs = this.#jobs.splice(0, count)
    for (const { bytes } of jobs) this.#bytes -= bytes
    return jobs
  }

  #run(job: Job): Outcome {
    const { handle, sql } = this.#options
    try {
      if (job.atomic) return { ok: true, value: job.run(sql) }
      handle.exec('SAVEPOINT millrace_job')
      const value = job.run(sql)
      handle.exec('RELEASE millrace_job')
      return { ok: true, value }
    } catch (error) {
      // A full disk or a failing one ends the whole transaction: then nobody's write is in it.
      if (!inTransaction(handle)) throw error
      if (!job.atomic) {
        handle.exec('ROLLBACK TO millrace_job; RELEASE millrace_job')
        this.#hooks.undone()
      }
      return { ok: false, error }
    }
  }

  #rollback(): void {
    const { handle } = this.#options
    try {
      if (inTransaction(handle)) handle.exec('ROLLBACK')
    } catch {
      // A disk that fails here has failed the transaction as well; its writers are told.
    }
    this.#hooks.rolledBack()
  }

  #reject(count: number, cause: unknown): void {
    for (const job of this.#take(count)) job.reject(unavailable('the store could not write', cause))
  }
}

function unavailable(message: string, cause?: unknown): MillraceError {
  return new MillraceError('unavailable', message, undefined, cause === undefined ? undefined : { cause })
}

/** What a job or a reader has thrown, as the caller gets it: SQLite's own errors with a code of the table. */
function asCallersError(error: unknown): unknown {
  const failure = sqliteFailure(error)
  if (failure === null) return error
  return failure === 'other'
    ? new MillraceError('internal', 'the store refused a value', undefined, { cause: error })
    : unavailable('the store cannot do this right now', error)
}
