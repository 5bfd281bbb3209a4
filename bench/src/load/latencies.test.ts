import { expect, it } from 'vitest'
import { Latencies } from './latencies.ts'

it('gives percentiles within one part in a hundred, from microseconds to minutes', () => {
  for (const scale of [1, 37, 1_000, 65_537, 100_000]) {
    const latencies = new Latencies()
    for (let n = 1; n <= 1_000; n++) latencies.record(n * scale)
    for (const share of [0.01, 0.5, 0.99, 1]) {
      const exact = 1_000 * share * scale
      expect(Math.abs(latencies.percentile(share) - exact)).toBeLessThanOrEqual(Math.max(exact * 0.01, 1))
    }
    expect(latencies.total).toBe(1_000)
  }
})

it('takes what is out of its range for the nearest that is not', () => {
  const latencies = new Latencies()
  latencies.record(-5)
  expect(latencies.percentile(0.5)).toBe(0)
  latencies.record(1e12)
  expect(latencies.percentile(1)).toBe(2 ** 31 - 1)
})

it('knows nothing before the first value, and after a reset', () => {
  const latencies = new Latencies()
  expect(latencies.percentile(0.5)).toBeNaN()
  latencies.record(3)
  latencies.reset()
  expect(latencies.percentile(0.5)).toBeNaN()
})
