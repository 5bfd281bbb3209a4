import fc from 'fast-check'
import { expect, it } from 'vitest'
import { farewellDefaults, farewells } from './farewells.ts'

it('[HLT3] tells everybody once, within its share of the time limit', () => {
  fc.assert(
    fc.property(fc.nat(200_000), fc.integer({ min: 1, max: 120_000 }), (connections, timeoutMs) => {
      const parts = farewells(connections, timeoutMs)
      expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(connections)
      expect(parts.every(({ count, atMs }) => count >= 0 && atMs <= timeoutMs * farewellDefaults.share)).toBe(true)
    }),
  )
})

it('[HLT3] tells a few at once, and many no faster than the others can take them, where there is time', () => {
  expect(farewells(30, 10_000)).toEqual([{ atMs: 0, count: 30 }])
  const most = Math.max(...farewells(20_000, 60_000).map(({ count }) => count))
  expect(most).toBeLessThanOrEqual((farewellDefaults.perSecond * farewellDefaults.everyMs) / 1_000)
})

it('[HLT3] hurries where the time limit is short', () => {
  const parts = farewells(100_000, 10_000)
  expect(parts.at(-1)?.atMs).toBeGreaterThan(6_500)
  expect(Math.max(...parts.map(({ count }) => count))).toBeLessThanOrEqual(100_000 / parts.length + 1)
})
