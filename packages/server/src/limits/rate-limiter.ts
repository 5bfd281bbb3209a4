import type { Clock } from '@millrace/contract'
import type { Rate } from './options.ts'

export interface RateLimiterOptions {
  readonly clock: Clock
  readonly rate: Rate
  /** So many keys are remembered; past it those that were used least recently start anew. */
  readonly maxKeys?: number
}

export const rateLimiterDefaults = { maxKeys: 100_000 } as const

const sweepEveryMs = 1_000

export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number }

/** A token bucket per key. Keys whose bucket is full again are forgotten. */
export interface RateLimiter {
  /** Takes one token, or says when there will be one; a refusal takes nothing. */
  take(key: string): Taken
  /** Milliseconds until `take` would succeed; 0 for now. */
  waitMs(key: string): number
  /** Takes one token without asking. Only after `waitMs` answered 0. */
  spend(key: string): void
  readonly size: number
}

/**
 * The bucket is kept as the one moment at which it will be full again: the generic cell rate algorithm
 * (ITU-T I.371), which equals a token bucket and needs one number per key.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { clock, rate, maxKeys } = { ...rateLimiterDefaults, ...options }
  const tokenMs = 1000 / rate.perSecond
  const bucketMs = tokenMs * rate.burst
  // Counted from here: a number as large as today's date has no room left for fractions of a millisecond.
  const startedAt = clock.now()
  /** Least recently used first. */
  const fullAt = new Map<string, number>()
  let sweepAt = sweepEveryMs

  // Many at a time: finding the first entry of a Map costs a step for each that was deleted before it.
  function sweep(now: number): void {
    const keep = fullAt.size < maxKeys ? maxKeys : Math.floor(maxKeys * 0.9)
    for (const [oldest, time] of fullAt) {
      if (time > now && fullAt.size <= keep) break
      fullAt.delete(oldest)
    }
    sweepAt = now + sweepEveryMs
  }

  function fullAtOf(key: string, now: number): number {
    const time = fullAt.get(key) ?? now
    if (time <= now + bucketMs) return Math.max(time, now)
    // Later than an empty bucket's: the clock was set back. That must not shut anybody out.
    fullAt.set(key, now + bucketMs)
    return now + bucketMs
  }

  function waitMs(key: string): number {
    const now = clock.now() - startedAt
    const missing = fullAtOf(key, now) + tokenMs - bucketMs - now
    // A millionth of a millisecond is rounding.
    return Math.max(0, Math.ceil(missing - 1e-6))
  }

  function spend(key: string): void {
    const now = clock.now() - startedAt
    const next = fullAtOf(key, now) + tokenMs
    fullAt.delete(key)
    // Set back, the clock may be far before `sweepAt`: then the bound alone sweeps until it is there again.
    if (now >= sweepAt || fullAt.size >= maxKeys) sweep(now)
    fullAt.set(key, next)
  }

  return {
    waitMs,
    spend,
    take(key) {
      const retryAfterMs = waitMs(key)
      if (retryAfterMs > 0) return { ok: false, retryAfterMs }
      spend(key)
      return { ok: true }
    },
    get size() {
      return fullAt.size
    },
  }
}
