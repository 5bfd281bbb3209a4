import { type ManualClock, manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts'

let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
})

function takeAll(limiter: RateLimiter, key: string, tries: number): number {
  let taken = 0
  for (let attempt = 0; attempt < tries; attempt++) if (limiter.take(key).ok) taken++
  return taken
}

it('[BP3] lets a burst pass at once, then the rate', async () => {
  const limiter = createRateLimiter({ clock, rate: { perSecond: 50, burst: 200 } })
  expect(takeAll(limiter, 'a', 1_000)).toBe(200)
  await clock.advance(1_000)
  expect(takeAll(limiter, 'a', 1_000)).toBe(50)
  await clock.advance(60_000)
  expect(takeAll(limiter, 'a', 1_000)).toBe(200)
})

it('[BP3] says when the next one will pass: then it does, a millisecond before it does not', async () => {
  for (const perSecond of [1, 3, 7, 50, 333]) {
    const limiter = createRateLimiter({ clock, rate: { perSecond, burst: 2 } })
    takeAll(limiter, 'a', 10)
    for (let round = 0; round < 20; round++) {
      const refused = limiter.take('a')
      if (refused.ok) throw new Error('nothing was refused')
      await clock.advance(refused.retryAfterMs - 1)
      expect(limiter.take('a').ok).toBe(false)
      await clock.advance(1)
      expect(limiter.take('a')).toEqual({ ok: true })
    }
  }
})

it('[BP3] lets exactly the rate pass each second, where it does not divide one either', async () => {
  for (const perSecond of [3, 6, 7, 9, 11, 13, 17, 300, 333, 999]) {
    const limiter = createRateLimiter({ clock, rate: { perSecond, burst: perSecond } })
    takeAll(limiter, 'a', 2_000)
    for (let second = 0; second < 20; second++) {
      await clock.advance(1_000)
      expect(takeAll(limiter, 'a', 2_000)).toBe(perSecond)
    }
  }
})

it('[BP3] takes nothing for a refusal', async () => {
  const limiter = createRateLimiter({ clock, rate: { perSecond: 1, burst: 1 } })
  limiter.take('a')
  takeAll(limiter, 'a', 1_000)
  await clock.advance(1_000)
  expect(limiter.take('a')).toEqual({ ok: true })
})

it('[BP3] counts each key for itself', () => {
  const limiter = createRateLimiter({ clock, rate: { perSecond: 1, burst: 3 } })
  expect(takeAll(limiter, 'a', 10)).toBe(3)
  expect(takeAll(limiter, 'b', 10)).toBe(3)
  expect(takeAll(limiter, '__proto__', 10)).toBe(3)
})

it('[BP3] forgets keys whose bucket is full again', async () => {
  const limiter = createRateLimiter({ clock, rate: { perSecond: 10, burst: 10 } })
  for (let key = 0; key < 1_000; key++) limiter.take(`k${key}`)
  expect(limiter.size).toBe(1_000)
  await clock.advance(1_000)
  limiter.take('last')
  expect(limiter.size).toBe(1)
})

it('[BP3] holds no more keys than its bound, and keeps those in use', () => {
  const limiter = createRateLimiter({ clock, rate: { perSecond: 1, burst: 2 }, maxKeys: 101 })
  takeAll(limiter, 'busy', 1)
  for (let key = 0; key < 99; key++) limiter.take(`k${key}`)
  takeAll(limiter, 'busy', 1)
  for (let key = 0; key < 99; key++) limiter.take(`m${key}`)
  expect(limiter.size).toBeLessThanOrEqual(101)
  expect(limiter.size).toBeGreaterThan(85)
  expect(limiter.take('busy').ok).toBe(false)
})

it('[BP3] shuts nobody out when the clock is set back', () => {
  let now = 1_700_000_000_000
  const limiter = createRateLimiter({ clock: { ...clock, now: () => now }, rate: { perSecond: 10, burst: 5 } })
  takeAll(limiter, 'a', 10)
  now -= 3_600_000
  expect(limiter.take('a')).toEqual({ ok: false, retryAfterMs: 100 })
  now += 100
  expect(limiter.take('a')).toEqual({ ok: true })
})

it('[BP3] equals a token bucket', async () => {
  const step = fc.record({ waitMs: fc.nat({ max: 400 }), tries: fc.nat({ max: 8 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.constantFrom(1, 4, 5, 20),
      fc.nat({ max: 9 }),
      async (steps, perSecond, more) => {
        const time = manualClock()
        const burst = more + 1
        const limiter = createRateLimiter({ clock: time, rate: { perSecond, burst } })
        // In thousandths of a token, which are whole numbers: perSecond of them come in each millisecond.
        let tokens = burst * 1000
        for (const { waitMs, tries } of steps) {
          await time.advance(waitMs)
          tokens = Math.min(burst * 1000, tokens + waitMs * perSecond)
          for (let attempt = 0; attempt < tries; attempt++) {
            const taken = limiter.take('a')
            expect(taken).toEqual(tokens >= 1000 ? { ok: true } : { ok: false, retryAfterMs: Math.ceil((1000 - tokens) / perSecond) })
            if (taken.ok) tokens -= 1000
          }
        }
      },
    ),
    { seed: 7, numRuns: 200 },
  )
})
