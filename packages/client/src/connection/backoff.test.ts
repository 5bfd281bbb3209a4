import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backoffMs } from './backoff.ts'

it('[CLI1] waits between 1 s and 30 s, whatever the attempt and the chance', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const ms = backoffMs(attempt, random)
        expect(ms).toBeGreaterThanOrEqual(1_000)
        expect(ms).toBeLessThanOrEqual(30_000)
      },
    ),
    { seed: 7 },
  )
})

it('[CLI1] doubles the range of the wait with each attempt', () => {
  expect([1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(attempt, 0.999999))).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  expect([1, 2, 3].map((attempt) => backoffMs(attempt, 0))).toEqual([1_000, 1_000, 1_000])
})
