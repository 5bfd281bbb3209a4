import type { Clock, Timer } from '@millrace/contract'
import type { LeaseStore } from '../leases/port.ts'

export interface SharedCheckOptions {
  readonly leases: LeaseStore
  readonly clock: Clock
  readonly newId: () => string
  /** The same on every node that shares the work. */
  readonly name: string
  readonly everyMs: number
  readonly run: () => Promise<void>
  readonly onFailure: (error: unknown) => void
}

export const sharedCheckDefaults = {
  /** How long a run outlives its node's last sign. */
  runningMs: 10_000,
  renewMs: 3_000,
  /** How often a node asks whether it is its turn, at most. */
  askMs: 1_000,
} as const

/**
 * Runs a check once in a period, on one of the nodes that share its name (ALR2). One lease tells it all: short and renewed while the check runs,
 * so that another node begins anew when this one dies; then kept until the period is over, so that nobody repeats it.
 */
export function sharedCheck(options: SharedCheckOptions): { cancel(): void } {
  const { leases, clock, newId, name, everyMs, run, onFailure } = options
  const { runningMs, renewMs, askMs } = sharedCheckDefaults
  const lease = `check ${name}`
  let busy = false

  async function runOnce(): Promise<void> {
    // A holder of its own for each run: a lease that is kept for the period is not renewed by the next one.
    const holder = newId()
    if (!(await leases.acquire(lease, holder, runningMs))) return
    const startedAt = clock.now()
    const renewing = clock.every(renewMs, () => void leases.acquire(lease, holder, runningMs).catch(onFailure))
    try {
      await run()
    } catch (error) {
      onFailure(error)
    } finally {
      renewing.cancel()
    }
    const restMs = everyMs - (clock.now() - startedAt)
    if (restMs > 0) await leases.acquire(lease, holder, restMs)
    else await leases.release(lease, holder)
  }

  const timer: Timer = clock.every(Math.min(everyMs, askMs), () => {
    if (busy) return
    busy = true
    runOnce()
      .catch(onFailure)
      .finally(() => {
        busy = false
      })
  })
  return timer
}
