import { expect, it } from 'vitest'
import { UsageCount, usageDefaults } from './usage.ts'

it('[BP3] tells of the keys that used most, of a bounded number, and begins anew', () => {
  const count = new UsageCount()
  const { maxCounted, maxTold } = usageDefaults
  for (let key = 0; key < maxCounted + 10; key++) count.add(`k${key}`, key % 2 === 0 ? 1 : 5)
  count.add('k7', 100)
  count.add(`k${maxCounted + 5}`, 1_000)
  const told = count.take(5)
  expect(told).toHaveLength(maxTold)
  expect(told[0]).toEqual(['k7', 105])
  expect(told.every(([, tokens]) => tokens >= 5)).toBe(true)
  expect(count.take(0)).toEqual([])
})
