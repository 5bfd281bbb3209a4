import type { Clock } from '@millrace/contract'
import type { HealthReport } from '../api.ts'
import { watchCheck } from './check-watch.ts'

export type CheckOutcome = HealthReport['checks'][string]

export interface HealthOptions {
  readonly clock: Clock
  /** Each resolves when what it checks works, end to end. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>
  readonly intervalMs?: number
  /** A check that takes longer counts as failed. */
  readonly timeoutMs?: number
  /** A check that was given up is asked again once it has ended, or after this long. */
  readonly stuckMs?: number
  /** A check has begun to fail, or works again. Must not throw. */
  readonly onChange?: (check: string, outcome: CheckOutcome) => void
}

/** A loss shows within interval and timeout: 3 s of the 5 s that HLT1 allows. */
export const healthDefaults = { intervalMs: 1_000, timeoutMs: 2_000, stuckMs: 3_000 } as const

/** Whether the node does its work, asked in the background and never taken for granted (HLT1). */
export interface Health {
  report(): Omit<HealthReport, 'connections'>
  /** Not ready from now on, whatever the checks say. */
  drain(): void
  close(): void
}

const notYet: CheckOutcome = { ok: false, reason: 'not checked yet' }

export function createHealth(options: HealthOptions): Health {
  const { checks, onChange, ...timing } = { ...healthDefaults, ...options }
  const outcomes = new Map<string, CheckOutcome>(Object.keys(checks).map((name) => [name, notYet]))
  let draining = false

  function settle(name: string, failure: string | null): void {
    const before = outcomes.get(name)
    const outcome: CheckOutcome = failure === null ? { ok: true } : { ok: false, reason: failure }
    outcomes.set(name, outcome)
    if (before === notYet ? !outcome.ok : before?.ok !== outcome.ok) onChange?.(name, outcome)
  }

  const watches = Object.entries(checks).map(([name, check]) =>
    watchCheck({ ...timing, check, onOutcome: (failure) => settle(name, failure) }),
  )

  return {
    report() {
      const working = [...outcomes.values()].every((outcome) => outcome.ok)
      return {
        status: draining ? 'draining' : working ? 'ok' : 'degraded',
        ready: working && !draining,
        checks: Object.fromEntries(outcomes),
      }
    },
    drain() {
      draining = true
    },
    close() {
      for (const watch of watches) watch.close()
    },
  }
}
