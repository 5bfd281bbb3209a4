import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { pace } from './pace.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** When each publication was made; `block` holds the process up after one of them. */
function subject(options: Parameters<typeof pace>[0], block: { readonly after: number; readonly ms: number } | null = null) {
  let heldMs = 0
  const fake = performance.now.bind(performance)
  const start = fake()
  vi.spyOn(performance, 'now').mockImplementation(() => fake() + heldMs)
  const at: number[] = []
  let over = false
  void pace(options, (n) => {
    at.push(Math.round(performance.now() - start))
    if (block?.after === n) heldMs = block.ms
  }).then(() => {
    over = true
  })
  return { at, isOver: () => over }
}

it('publishes by the clock, so many per turn', async () => {
  const { at, isOver } = subject({ perSecond: 20, perTurn: 2, count: 6 })
  await vi.advanceTimersByTimeAsync(99)
  expect(at).toEqual([0, 0, 50, 50])
  expect(isOver()).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(at).toEqual([0, 0, 50, 50, 100, 100])
  expect(isOver()).toBe(true)
})

it('catches up in one turn with what became due while the process was busy', async () => {
  const { at, isOver } = subject({ perSecond: 100, perTurn: 1, count: 10 }, { after: 1, ms: 50 })
  await vi.advanceTimersByTimeAsync(40)
  expect(at).toEqual([0, 10, 70, 70, 70, 70, 70, 70, 80, 90])
  expect(isOver()).toBe(true)
})

it('publishes late what is to be published in any case, and leaves it out where that is asked for', async () => {
  const late = subject({ perSecond: 100, perTurn: 1, count: 4 }, { after: 1, ms: 500 })
  await vi.advanceTimersByTimeAsync(20)
  expect(late.at).toEqual([0, 10, 520, 520])
  expect(late.isOver()).toBe(true)
  vi.restoreAllMocks()
  const skipped = subject({ perSecond: 100, perTurn: 1, count: 4, skipLate: true }, { after: 1, ms: 500 })
  await vi.advanceTimersByTimeAsync(20)
  expect(skipped.at).toEqual([0, 10])
  expect(skipped.isOver()).toBe(true)
})
