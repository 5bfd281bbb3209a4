import { expect, it } from 'vitest'
import { hostileKinds, hostileSchedule } from './hostile-schedule.ts'

it('plans the same for the same seed', () => {
  const options = { durationMs: 60_000, everyMs: 400 }
  expect(hostileSchedule({ ...options, seed: 3 })).toEqual(hostileSchedule({ ...options, seed: 3 }))
  expect(hostileSchedule({ ...options, seed: 3 })).not.toEqual(hostileSchedule({ ...options, seed: 4 }))
})

it('plans each kind in a run of seconds, several at the same time', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const steps = hostileSchedule({ seed, durationMs: 10_000, everyMs: 400 })
    expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(hostileKinds))
    const together = steps.map(({ atMs }) => steps.filter((step) => step.atMs <= atMs && atMs < step.atMs + step.forMs).length)
    expect(Math.max(...together)).toBeGreaterThan(4)
  }
})
