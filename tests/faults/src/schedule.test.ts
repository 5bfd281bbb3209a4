import { expect, it } from 'vitest'
import { faultSchedule } from './schedule.ts'

const options = { durationMs: 600_000, everyMs: 400, serverEveryMs: 6_000 }

it('plans the same faults for the same seed', () => {
  expect(faultSchedule({ ...options, seed: 3 })).toEqual(faultSchedule({ ...options, seed: 3 }))
  expect(faultSchedule({ ...options, seed: 3 })).not.toEqual(faultSchedule({ ...options, seed: 4 }))
})

it('plans every kind of fault, in order of time and within the run', () => {
  const steps = faultSchedule({ ...options, seed: 3 })
  expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(['connection', 'reset-all', 'door', 'kill', 'freeze']))
  const faults = steps.flatMap((step) => (step.kind === 'connection' ? [step.fault.kind] : []))
  expect(new Set(faults)).toEqual(new Set(['reset', 'cut-after', 'half-open', 'black-hole', 'stall', 'delay', 'throttle']))
  expect(steps.map(({ atMs }) => atMs)).toEqual(steps.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
  expect(steps.every(({ atMs }) => atMs > 0 && atMs < options.durationMs)).toBe(true)
  expect(steps.length).toBeGreaterThan(1_300)
})
