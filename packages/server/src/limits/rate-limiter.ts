import type { Clock } from '@millrace/contract'
import type { Rate } from './options.ts'
import { TokenBucket } from './token-bucket.ts'
import { type KeyUsage, UsageCount, usageDefaults } from './usage.ts'

export interface RateLimiterOptions {
  readonly clock: Clock
  readonly rate: Rate
  /** So many keys are remembered; past it those that were used least recently start anew. */
  readonly maxKeys?: number
  /** Other nodes take from the same rate, and are told what was taken here. */
  readonly shared?: boolean
}

export const rateLimiterDefaults = { maxKeys: 100_000 } as const

const sweepEveryMs = 1_000
// What other nodes took is known when it was taken: it may leave a debt of what is taken between two tellings, beside the burst.
const debtSeconds = 4

export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number }

/** A token bucket per key. Keys whose bucket is full again are forgotten. */
export interface RateLimiter {
  /** Takes one token, or says when there will be one; a refusal takes nothing. */
  take(key: string): Taken
  /** Milliseconds until `take` would succeed; 0 for now. */
  waitMs(key: string): number
  /** Takes one token without asking. Only after `waitMs` answered 0. */
  spend(key: string): void
  /** What was taken here in these milliseconds, since it was last asked: those keys that took a share worth telling. Nothing where it is not shared. */
  usage(sinceMs: number): readonly KeyUsage[]
  /** Takes what another node took. */
  charge(key: string, tokens: number): void
  readonly size: number
}

export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { clock, rate, maxKeys, shared = false } = { ...rateLimiterDefaults, ...options }
  const bucket = new TokenBucket(rate, shared ? debtMsOf(rate) : 0)
  const used = shared ? new UsageCount() : null
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

  function take(key: string, tokens: number): void {
    const now = clock.now() - startedAt
    const next = bucket.spend(fullAtOf(key, now), now, tokens)
    fullAt.delete(key)
    // Set back, the clock may be far before `sweepAt`: then the bound alone sweeps until it is there again.
    if (now >= sweepAt || fullAt.size >= maxKeys) sweep(now)
    fullAt.set(key, next)
  }

  function spend(key: string): void {
    take(key, 1)
    used?.add(key, 1)
  }

  return {
    waitMs,
    spend,
    usage: (sinceMs) => used?.take((rate.perSecond * sinceMs * usageDefaults.share) / 1_000) ?? [],
    charge: take,
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

/** The debt that a shared rate may leave. */
export function debtMsOf({ perSecond, burst }: Rate): number {
  return 1_000 * (burst / perSecond + debtSeconds)
}
