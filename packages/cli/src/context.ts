import type { Clock } from '@millrace/contract'

export type EndSignal = 'SIGTERM' | 'SIGINT'

/** What a command has of the world. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly clock: Clock
  /** Whether whoever reads the output sees colours. */
  readonly colours: boolean
  /** Writes a line of the result. */
  out(line: string): void
  /** Writes a line about what is going on, beside the result. */
  note(line: string): void
  /** All of the standard input. */
  input(): Promise<string>
  /** Calls for each SIGTERM and SIGINT, until cancelled. */
  onSignal(listener: (signal: EndSignal) => void): { cancel(): void }
  /** Calls for an error that nobody has caught. */
  onCrash(listener: (error: unknown) => void): void
  /** Ends the process now. */
  exit(code: number): void
}
