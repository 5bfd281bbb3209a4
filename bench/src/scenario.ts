import type { StartPair, SubjectName } from './subject.ts'

/** One figure of one subject in one round. */
export interface Figure {
  /** The row that it belongs to, within its scenario. */
  readonly key: string
  readonly label: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly value: number
  /** Share of its core that the load generator took: near 1 it was the load generator that was measured. */
  readonly loadShare?: number
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
