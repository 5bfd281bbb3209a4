import { type Clock, MillraceError, type Timer } from '@millrace/contract'
import type { ClaimedJob, JobFailure } from './api.ts'
import type { JobEvent } from './machine.ts'
import type { RunningJob } from './port.ts'

export interface ClaimedJobOptions {
  readonly job: RunningJob
  readonly leaseMs: number
  readonly clock: Clock
  /** Carries out what has happened, as one change. In a transaction it is done, or thrown, before the call returns where the database can do that. */
  readonly step: (events: readonly JobEvent[], tx?: unknown) => Promise<unknown>
  /** The result as it is kept. Throws `invalid_payload`. */
  readonly resultOf: (result: unknown) => unknown
  readonly onFailure: (error: unknown) => void
}

/** Four a second. */
export const progressEveryMs = 250

interface Said {
  readonly progress: number
  readonly message?: string | undefined
}

const isLost = (error: unknown): boolean => error instanceof MillraceError && (error.code === 'conflict' || error.code === 'not_found')

/** Makes what a worker holds of a job: it renews the lease, and holds progress back that comes too often. */
export function claimedJob({ job, leaseMs, clock, step, resultOf, onFailure }: ClaimedJobOptions): ClaimedJob {
  const { id, tenant, type, input, actor, attempt } = job
  const controller = new AbortController()
  // When people last heard of it: the claim itself was published.
  let wroteAt = clock.now()
  let waiting: Said | null = null
  let writing: Promise<void> | null = null
  let timer: Timer | null = null
  const renewing = clock.every(Math.max(1, Math.floor(leaseMs / 3)), () => {
    writeAlone()
  })
  let ended = false

  function rest(): void {
    renewing.cancel()
    timer?.cancel()
    timer = null
  }
  /** Where the job is lost, whoever works on it is told. */
  function noticed(error: unknown): unknown {
    if (isLost(error) && !ended) {
      rest()
      controller.abort(error)
    }
    return error
  }
  const said = ({ progress, message }: Said): JobEvent => ({ kind: 'progress', attempt, progress, message, leaseMs })

  /** Writes what waits, or renews the lease. What a store that is away does not take waits for the next renewal. */
  function write(): Promise<void> {
    const now = waiting
    waiting = null
    if (now !== null) wroteAt = clock.now()
    timer?.cancel()
    timer = null
    writing = step([now === null ? { kind: 'renew', attempt, leaseMs } : said(now)]).then(
      () => {
        writing = null
        if (waiting !== null) later()
      },
      (error: unknown) => {
        writing = null
        if (ended) return
        if (!(error instanceof MillraceError && error.retry)) throw noticed(error)
        waiting = merged(now, waiting)
        onFailure(error)
      },
    )
    return writing
  }
  function writeAlone(): void {
    if (writing !== null || ended) return
    write().catch((error: unknown) => {
      if (!isLost(error)) onFailure(error)
    })
  }
  function later(): void {
    if (ended || controller.signal.aborted) return
    timer ??= clock.after(Math.max(0, wroteAt + progressEveryMs - clock.now()), () => {
      timer = null
      writeAlone()
    })
  }
  const settled = (): Promise<void> => writing ?? Promise.resolve()
  function end(event: JobEvent, tx: unknown): Promise<void> {
    const events = waiting === null ? [event] : [said(waiting), event]
    const done = (): void => {
      ended = true
      waiting = null
      rest()
    }
    if (tx === undefined)
      return step(events).then(done, (error: unknown) => {
        throw noticed(error)
      })
    try {
      return step(events, tx).then(done)
    } catch (error) {
      throw noticed(error)
    }
  }

  return {
    ...{ id, tenant, type, input, attempt, signal: controller.signal },
    ...(actor && { actor }),
    get ended() {
      return ended
    },
    async progress(percent, message) {
      if (!Number.isFinite(percent) || percent < 0 || percent > 100)
        throw new MillraceError('invalid_payload', `progress is ${percent}; give a number from 0 to 100`)
      controller.signal.throwIfAborted()
      waiting = merged(waiting, { progress: percent, message })
      if (writing === null && clock.now() - wroteAt >= progressEveryMs) await write()
      else if (writing === null) later()
    },
    // In a transaction all is asked for before the call returns; outside of it what is on its way goes first.
    complete: (result, { tx } = {}) =>
      tx === undefined
        ? settled().then(() => end({ kind: 'complete', attempt, result: resultOf(result) }, undefined))
        : end({ kind: 'complete', attempt, result: resultOf(result) }, tx),
    [Symbol.dispose]: rest,
    fail({ message, retry = false, tx }: JobFailure) {
      const event: JobEvent = { kind: 'fail', attempt, error: message, retry }
      return tx === undefined ? settled().then(() => end(event, undefined)) : end(event, tx)
    },
  }
}

function merged(earlier: Said | null, later: Said | null): Said | null {
  if (earlier === null || later === null) return later ?? earlier
  return { progress: Math.max(earlier.progress, later.progress), message: later.message ?? earlier.message }
}
