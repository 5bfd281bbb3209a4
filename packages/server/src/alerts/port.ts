import type { AlertLevel } from './decision.ts'

/** Remembers the level that each watched value last had, so that a crossing is told once (ALR1). */
export interface AlertStore {
  /** Sets the level and answers the one before (`ok` for a key that is new), as one atomic step. */
  swap(tenant: string, key: string, decide: (before: AlertLevel) => AlertLevel): Promise<AlertSwap>
  /** The same in the caller's transaction; see `Outbox.write` for how it is carried out on SQLite. */
  swapWithin(tx: unknown, tenant: string, key: string, decide: (before: AlertLevel) => AlertLevel): AlertSwap | Promise<AlertSwap>
}

export interface AlertSwap {
  readonly before: AlertLevel
  readonly after: AlertLevel
}
