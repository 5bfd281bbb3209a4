import type { Rate } from './options.ts'

/**
 * A token bucket whose state is one number: the moment, in milliseconds, at which it will be full again. That is the generic cell rate
 * algorithm (ITU-T I.371), which equals a token bucket. Moments are counted from a start of the caller's own: a number as large as today's date
 * has no room left for fractions of a millisecond.
 */
export class TokenBucket {
  readonly #tokenMs: number
  readonly #bucketMs: number
  readonly #latestMs: number

  /** `debtMs`: how far what is spent may go below empty. */
  constructor({ perSecond, burst }: Rate, debtMs = 0) {
    this.#tokenMs = 1000 / perSecond
    this.#bucketMs = this.#tokenMs * burst
    this.#latestMs = this.#bucketMs + debtMs
  }

  /** The moment as it is to be kept: one that lies too far ahead means that the clock was set back, which must not shut anybody out. */
  settled(fullAt: number, now: number): number {
    return Math.min(fullAt, now + this.#latestMs)
  }

  /** Milliseconds until there is a token; 0 for now. */
  waitMs(fullAt: number, now: number): number {
    const missing = Math.max(fullAt, now) + this.#tokenMs - this.#bucketMs - now
    // A millionth of a millisecond is rounding.
    return Math.max(0, Math.ceil(missing - 1e-6))
  }

  /** The moment at which it is full again when `tokens` are taken now. */
  spend(fullAt: number, now: number, tokens = 1): number {
    return this.settled(Math.max(fullAt, now) + this.#tokenMs * tokens, now)
  }
}
