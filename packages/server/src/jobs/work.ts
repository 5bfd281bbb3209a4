import { type Clock, MillraceError, type Timer } from '@millrace/contract'
import type { ClaimedJob, JobWorker } from './api.ts'

export interface WorkLoopOptions {
  /** Without an id the job that is due the longest. */
  readonly claim: (id?: string) => Promise<ClaimedJob | null>
  readonly run: (job: ClaimedJob) => Promise<unknown>
  readonly clock: Clock
  readonly holdProcess: () => Timer
  readonly concurrency: number
  readonly pollMs: number
  readonly onFailure: (error: unknown) => void
  readonly onStopped: () => void
}

const againMs = 1_000

/** Claims while there is room and work, else looks again after a while. */
export function workOn({ claim, run, clock, holdProcess, concurrency, pollMs, onFailure, onStopped }: WorkLoopOptions): JobWorker {
  let looking = false
  let running = 0
  let stopped = false
  let timer: Timer | null = null
  let onIdle: (() => void) | null = null
  let stopping: Promise<void> | null = null
  const held = holdProcess()

  async function carryOut(claimed: ClaimedJob): Promise<void> {
    // Whatever happens: a job that could not be ended is another's when its lease has run out.
    using job = claimed
    try {
      const result = await run(job)
      await persist(job, () => job.complete(result))
    } catch (error) {
      if (job.signal.aborted || job.ended) return
      onFailure(error)
      const message = error instanceof MillraceError ? error.message : 'the work failed'
      await persist(job, () => job.fail({ message, retry: !(error instanceof MillraceError) || error.retry }))
    }
  }
  /** The work is done: a store that is away must not lose it. Where `run` has ended the job itself there is nothing to do. */
  async function persist(job: ClaimedJob, end: () => Promise<void>): Promise<void> {
    while (!job.ended && !job.signal.aborted)
      try {
        return await end()
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== 'unavailable') throw error
        onFailure(error)
        await new Promise<void>((resolve) => clock.after(againMs, resolve))
      }
  }
  function settled(): void {
    if (!stopped || looking || running > 0) return
    held.cancel()
    onStopped()
    onIdle?.()
  }
  async function finished(work: Promise<void>): Promise<void> {
    try {
      await work
    } finally {
      running -= 1
      settled()
      void look()
    }
  }
  async function look(): Promise<void> {
    if (looking || stopped) return
    looking = true
    timer?.cancel()
    timer = null
    try {
      while (running < concurrency && !stopped) {
        const job = await claim()
        if (job === null) break
        running += 1
        void finished(carryOut(job).catch(onFailure))
      }
    } catch (error) {
      onFailure(error)
    } finally {
      looking = false
      if (!stopped && running < concurrency) timer ??= clock.after(pollMs, () => void look())
      settled()
    }
  }
  void look()

  async function takeOne(id: string): Promise<void> {
    const job = await claim(id)
    if (job !== null) await carryOut(job).catch(onFailure)
  }

  return {
    take(id) {
      if (stopped) return Promise.reject(new MillraceError('unavailable', 'this worker has stopped'))
      running += 1
      return finished(takeOne(id))
    },
    stop() {
      stopping ??= new Promise((resolve) => {
        onIdle = resolve
        stopped = true
        timer?.cancel()
        settled()
      })
      return stopping
    },
  }
}
