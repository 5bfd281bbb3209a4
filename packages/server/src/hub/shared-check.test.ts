import { manualClock } from '@millrace/contract/testing'
import { expect, it } from 'vitest'
import { memoryLeases } from '../leases/memory-leases.ts'
import type { LeaseStore } from '../leases/port.ts'
import { sharedCheck } from './shared-check.ts'

/** Nodes that share one store and one check; a run lasts `lastsMs`. */
function cluster({ everyMs = 60_000, lastsMs = 0 } = {}) {
  const clock = manualClock()
  const store = memoryLeases(clock)
  const runs: { readonly node: string; readonly at: number }[] = []
  const failures: unknown[] = []
  let ids = 0
  let running = 0
  let most = 0
  function node(name: string) {
    let alive = true
    // A node that is dead asks for nothing, and its runs never end.
    const leases: LeaseStore = {
      acquire: async (...args) => alive && store.acquire(...args),
      release: async (...args) => (alive ? store.release(...args) : undefined),
    }
    const check = sharedCheck({
      ...{ leases, clock, newId: () => `run${++ids}`, name: 'reorder', everyMs },
      async run() {
        runs.push({ node: name, at: clock.now() })
        most = Math.max(most, ++running)
        if (lastsMs > 0) await new Promise<void>((resolve) => clock.after(lastsMs, () => alive && resolve()))
        running--
      },
      onFailure: (error) => failures.push(error),
    })
    return {
      die() {
        alive = false
        running = 0
      },
      cancel: () => check.cancel(),
    }
  }
  return { clock, runs, failures, node, most: () => most }
}

it('[ALR2] runs a named check once in a period, however many nodes have it', async () => {
  const { clock, runs, node } = cluster()
  const startedAt = clock.now()
  for (const name of ['a', 'b', 'c']) node(name)
  for (let second = 0; second < 300; second++) await clock.advance(1_000)
  const minutes = runs.map(({ at }) => Math.floor((at - startedAt - 1_000) / 60_000))
  expect(minutes).toEqual([0, 1, 2, 3, 4])
})

it('[ALR2] never runs it twice at a time, even where a run takes longer than its period', async () => {
  const { clock, runs, node, most } = cluster({ everyMs: 20_000, lastsMs: 50_000 })
  for (const name of ['a', 'b', 'c']) node(name)
  for (let second = 0; second < 300; second++) await clock.advance(1_000)
  expect(most()).toBe(1)
  expect(runs.length).toBeGreaterThanOrEqual(5)
})

it('[ALR2] goes on at another node when the one that runs it dies in the middle', async () => {
  const { clock, runs, node } = cluster({ lastsMs: 30_000 })
  const first = node('a')
  await clock.advance(1_000)
  const second = node('b')
  await clock.advance(5_000)
  first.die()
  const diedAt = clock.now()
  for (let tick = 0; tick < 15; tick++) await clock.advance(1_000)
  expect(runs.map((run) => run.node)).toEqual(['a', 'b'])
  expect((runs[1]?.at ?? 0) - diedAt).toBeLessThanOrEqual(11_000)
  second.cancel()
})

it('[ALR2] asks again in the next period after a store that failed', async () => {
  const clock = manualClock()
  const store = memoryLeases(clock)
  let down = true
  let runs = 0
  const failures: unknown[] = []
  sharedCheck({
    leases: { ...store, acquire: async (...args) => (down ? Promise.reject(new Error('down')) : store.acquire(...args)) },
    ...{ clock, newId: () => 'run', name: 'reorder', everyMs: 10_000 },
    run: async () => void runs++,
    onFailure: (error) => failures.push(error),
  })
  await clock.advance(3_000)
  expect([runs, failures.length]).toEqual([0, 3])
  down = false
  await clock.advance(1_000)
  expect(runs).toBe(1)
})
