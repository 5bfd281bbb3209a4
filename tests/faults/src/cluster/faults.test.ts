import { expect, it } from 'vitest'
import { clusterSchedule, faultsOf } from './faults.ts'

const schedule = (seed: number) => clusterSchedule({ seed, kinds: faultsOf('redis'), durationMs: 60_000, everyMs: 2_000 })

it('goes wrong in the same way for the same seed, and in another for another', () => {
  expect(schedule(1)).toEqual(schedule(1))
  expect(schedule(1)).not.toEqual(schedule(2))
})

it('has every kind of fault before any comes twice', () => {
  const kinds = faultsOf('redis')
  const first = schedule(3).slice(0, kinds.length)
  expect(new Set(first.map(({ kind }) => kind))).toEqual(new Set(kinds))
})
