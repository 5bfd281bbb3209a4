import type { StartPair } from './pair.ts'
import type { Account } from './process/accounts.ts'
import type { SubjectName } from './subject.ts'

/** One figure of one subject in one round. */
export interface Figure {
  /** The row that it belongs to, within its scenario. */
  readonly key: string
  readonly label: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly value: number
  /** Who took the machine's time meanwhile. */
  readonly account?: Account
}

export interface Run {
  readonly subject: SubjectName
  readonly start: StartPair
  /** How long to measure. */
  readonly seconds: number
}

export interface Scenario {
  readonly name: string
  readonly subjects: readonly SubjectName[]
  /** Measures one subject in one round. */
  run(run: Run): Promise<readonly Figure[]>
}
