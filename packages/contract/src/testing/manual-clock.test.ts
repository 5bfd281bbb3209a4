import { expect, it } from 'vitest'
import { manualClock } from './manual-clock.ts'

it('runs what falls due in the order of its time, each at its own time', async () => {
  const clock = manualClock(0)
  const seen: string[] = []
  clock.after(30, () => seen.push(`c ${clock.now()}`))
  clock.after(10, () => seen.push(`a ${clock.now()}`))
  clock.after(20, () => clock.after(5, () => seen.push(`b ${clock.now()}`)))
  await clock.advance(29)
  expect(seen).toEqual(['a 10', 'b 25'])
  expect(clock.now()).toBe(29)
  await clock.advance(1)
  expect(seen.at(-1)).toBe('c 30')
  expect(clock.pending).toBe(0)
})

it('repeats until cancelled, also from within', async () => {
  const clock = manualClock(0)
  let runs = 0
  const timer = clock.every(10, () => {
    runs++
    if (runs === 3) timer.cancel()
  })
  await clock.advance(100)
  expect(runs).toBe(3)
  timer.cancel()
  expect(clock.pending).toBe(0)
})

it('lets promises settle between two timers', async () => {
  const clock = manualClock(0)
  const seen: string[] = []
  clock.after(10, () => void Promise.resolve().then(() => seen.push('promise')))
  clock.after(11, () => seen.push('timer'))
  await clock.advance(20)
  expect(seen).toEqual(['promise', 'timer'])
})
