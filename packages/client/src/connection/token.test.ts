import { expect, it } from 'vitest'
import { refreshDelayMs } from './token.ts'

it('[AUTH4] asks for a new token at 80 % of the lifetime, at least 30 s before its end where there is that much', () => {
  const minute = 60_000
  expect(refreshDelayMs(0, 60 * minute, 0)).toBe(48 * minute)
  expect(refreshDelayMs(0, 2 * minute, 0)).toBe(1.5 * minute)
  expect(refreshDelayMs(0, 20_000, 0)).toBe(10_000)
})

it('[AUTH4] asks a little earlier by chance, never at once and never later than a day', () => {
  expect(refreshDelayMs(0, 3_600_000, 0.5)).toBe(Math.round(2_880_000 * 0.95))
  expect(refreshDelayMs(10, 5, 0)).toBe(1_000)
  expect(refreshDelayMs(0, 365 * 86_400_000, 0)).toBe(86_400_000)
})
