/** Time, passed in: nothing else in Millrace reads the time or starts a timer. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once, after `ms`. */
  after(ms: number, run: () => void): Timer
  /** Calls `run` every `ms` until cancelled. */
  every(ms: number, run: () => void): Timer
}

export interface Timer {
  /** Idempotent. */
  cancel(): void
}
