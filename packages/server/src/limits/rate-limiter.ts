import type { Clock } from '@millrace/contract'
import type { Rate } from './options.ts'
import { TokenBucket } from './token-bucket.ts'

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

export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { clock, rate, maxKeys } = { ...rateLimiterDefaults, ...options }
  const bucket = new TokenBucket(rate)
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
    const known = fullAt.get(key) ?? now
    const settled = bucket.settled(known, now)
    if (settled < known) fullAt.set(key, settled)
    return settled
  }

  function waitMs(key: string): number {
    const now = clock.now() - startedAt
    return bucket.waitMs(fullAtOf(key, now), now)
  }

  function spend(key: string): void {
    const now = clock.now() - startedAt
    const next = bucket.spend(fullAtOf(key, now), now)
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
