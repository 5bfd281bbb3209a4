import type { ServerProcess, SubjectName } from './processes.ts'

/** One figure of a scenario; `better` says which way is good. */
export interface Figure {
  readonly label: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly value: number
}

export interface Scenario {
  readonly name: string
  /** What stock Socket.IO does in this scenario, where it is not the same. */
  readonly stockNote?: string
  readonly rounds: number
  run(server: ServerProcess, subject: SubjectName): Promise<readonly Figure[]>
}
