import { it } from 'vitest'

/** Rules that an adapter does not keep, each with the reason: `{ LOG2: 'memory ends with its process' }`. */
export type ConformanceGaps = Readonly<Record<string, string>>

/** Makes the `it` of a conformance suite. A test whose `[RULE]` is a declared gap is expected to fail, and turns red once it passes. */
export function rulesWithGaps(gaps: ConformanceGaps = {}): (title: string, run: () => Promise<void>) => void {
  return (title, run) => {
    const rule = /^\[(\w+)\]/.exec(title)?.[1]
    const why = rule === undefined ? undefined : gaps[rule]
    if (why === undefined) it(title, run)
    else it.fails(`${title} (gap: ${why})`, run)
  }
}

/** The application's own transactions on the store's database: `begin` answers what it passes to the store. */
export interface ConformanceTransactions {
  begin(): Promise<unknown>
  commit(tx: unknown): Promise<void>
  rollback(tx: unknown): Promise<void>
  /** A transaction on another database. */
  foreign(): Promise<unknown>
}

/** For adapters without transactions: every use of one fails, which is a gap. */
export const noTransactions: ConformanceTransactions = {
  begin: async () => ({}),
  commit: async () => undefined,
  rollback: async () => undefined,
  foreign: async () => ({}),
}
