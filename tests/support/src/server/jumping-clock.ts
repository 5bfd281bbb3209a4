import type { Clock } from '@millrace/contract'
import { systemClock } from '../node/clock.ts'

/** The system's clock, as an operator who sets it wrong: timers go on as they were. */
export interface JumpingClock extends Clock {
  /** The time of day from now on is `ms` later (or earlier) than it was. */
  jump(ms: number): void
}

export function jumpingClock(): JumpingClock {
  let offset = 0
  return {
    ...systemClock,
    now: () => systemClock.now() + offset,
    jump(ms) {
      offset += ms
    },
  }
}
