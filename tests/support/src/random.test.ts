import { expect, it } from 'vitest'
import { seededRandom } from './random.ts'

it('repeats itself for the same seed and differs for another', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed)
    return Array.from({ length: 50 }, () => random.int(0, 1_000_000))
  }
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
})

it('spreads whole numbers over the range, both ends included', () => {
  const random = seededRandom(1)
  const counts = new Map<number, number>()
  for (let i = 0; i < 4_000; i++) {
    const drawn = random.int(3, 6)
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
  }
  expect([...counts.keys()].sort()).toEqual([3, 4, 5, 6])
  for (const count of counts.values()) expect(count).toBeGreaterThan(800)
})
