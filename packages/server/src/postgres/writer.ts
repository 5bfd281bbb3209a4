import { type Clock, MillraceError } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import { appendGroup } from './batch.ts'
import { unavailable } from './errors.ts'
import type { PgDatabase, PgEntry, PgMover, PgWriter, Stored } from './port.ts'

export interface WriterOptions {
  readonly database: PgDatabase
  readonly mover: PgMover
  readonly clock: Clock
  readonly nextTurn: (run: () => void) => void
  readonly idempotencyWindowMs: number
  /** Past so many waiting entries, or characters, a further one is refused. */
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
}

interface Job {
  readonly entry: PgEntry
  readonly resolve: (stored: Stored) => void
  readonly reject: (error: unknown) => void
}

// A group is bounded, so that the transaction of one node does not hold up another's for long.
const groupMax = 1_000
const groupMaxBytes = 2_097_152

/**
 * Group commit: what is submitted in one turn of the event loop, and while a group is on its way, is one statement, and one flush to the
 * server's disk pays for all of it. One group at a time keeps the order of the calls.
 */
export class PostgresWriter implements PgWriter {
  readonly #options: WriterOptions
  #jobs: Job[] = []
  #bytes = 0
  #flushing = false
  #lane: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | null = null
  #onIdle: (() => void) | null = null

  constructor(options: WriterOptions) {
    this.#options = options
  }

  store(entry: PgEntry): Promise<Stored> {
    const { maxWaiting, maxWaitingBytes, nextTurn } = this.#options
    if (this.#closing !== null) return Promise.reject(unavailable('the store is closed'))
    if (this.#jobs.length >= maxWaiting || this.#bytes + entry.json.length > maxWaitingBytes)
      return Promise.reject(
        unavailable(`too many writes are waiting for the store (${this.#jobs.length} of ${this.#bytes} bytes): publish more slowly`),
      )
    return new Promise((resolve, reject) => {
      this.#jobs.push({ entry, resolve, reject })
      this.#bytes += entry.json.length
      if (this.#flushing) return
      this.#flushing = true
      nextTurn(() => void this.#flush())
    })
  }

  /** Runs `work` between two groups. What commits on this node is handed on in the order of its commits. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#lane.then(work)
    this.#lane = done.catch(() => undefined)
    return done
  }

  /** Refuses new entries and waits for those that were taken. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (this.#flushing) this.#onIdle = resolve
      else resolve()
    })
    return this.#closing
  }

  /** Never rejects: each job is told. */
  async #flush(): Promise<void> {
    while (this.#jobs.length > 0) await this.alone(() => this.#carryOut(this.#group()))
    this.#flushing = false
    this.#onIdle?.()
  }

  #group(): readonly Job[] {
    let count = 0
    let bytes = 0
    for (const { entry } of this.#jobs) {
      if (count === groupMax || (count > 0 && bytes + entry.json.length > groupMaxBytes)) break
      count += 1
      bytes += entry.json.length
    }
    this.#bytes -= bytes
    return this.#jobs.splice(0, count)
  }

  async #carryOut(jobs: readonly Job[]): Promise<void> {
    try {
      const stored = await this.#store(jobs.map(({ entry }) => entry))
      for (const [index, job] of jobs.entries()) {
        const answer = stored[index]
        if (answer === undefined) job.reject(new MillraceError('internal', 'the store answered fewer entries than it was given'))
        else job.resolve(answer)
      }
    } catch (error) {
      // One value that cannot be stored must not take others with it.
      if (jobs.length > 1 && error instanceof MillraceError && !error.retry) for (const job of jobs) await this.#carryOut([job])
      else for (const job of jobs) job.reject(error)
    }
  }

  async #store(entries: readonly PgEntry[]): Promise<readonly Stored[]> {
    const { database, mover, clock, idempotencyWindowMs } = this.#options
    const now = clock.now()
    const stored = await appendGroup(database, entries, { now, since: now - idempotencyWindowMs })
    if (stored !== null) return stored
    const channels: readonly ChannelKey[] = [...new Set(entries.map(({ channel }) => channel))]
    for (;;) {
      const { groups, whole } = await mover.look(database, null, channels)
      const last = whole ? (groups.at(-1) ?? []) : null
      for (const group of groups) if (group !== last) await mover.move(database, group, [])
      if (last !== null) return mover.move(database, last, entries)
    }
  }
}
