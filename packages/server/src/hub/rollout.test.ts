import { expect, it } from 'vitest'
import { farewells } from './farewells.ts'

/** A deploy, as a model: nodes are drained one after the other, and whoever is told to go comes back at one of the others. */
interface Rollout {
  readonly connections: number
  readonly nodes: number
  readonly timeoutMs: number
  readonly reconnectWithinMs: number
  /** What a node admits: about two thirds of what `npm run bench -- connections` measures. */
  readonly admitsPerSecond: number
}

interface Outcome {
  readonly tookMs: number
  /** The longest that anybody was away, and the longest queue before a node. */
  readonly longestMs: number
  readonly longestQueue: number
  readonly back: number
}

const stepMs = 50

function rollOut({ connections, nodes, timeoutMs, reconnectWithinMs, admitsPerSecond }: Rollout): Outcome {
  const held = Array.from({ length: nodes }, () => Math.round(connections / nodes))
  // Evenly spread instead of by chance, so that the outcome is the same each time.
  let turn = 0
  const next = (): number => {
    turn = (turn + 0.618_034) % 1
    return turn
  }
  let now = 0
  let longestMs = 0
  let longestQueue = 0
  let back = 0
  for (let draining = 0; draining < nodes; draining++) {
    const others = held.map((_, node) => node).filter((node) => node !== draining)
    const plan = farewells(held[draining] ?? 0, timeoutMs)
    const told = plan.flatMap(({ atMs, count }) => Array.from({ length: count }, () => now + atMs))
    const arrivals = told.map((since, index) => ({
      since,
      at: since + next() * (reconnectWithinMs + 1_000),
      to: others[index % others.length] ?? 0,
    }))
    arrivals.sort((a, b) => a.at - b.at)
    held[draining] = 0
    const queues = new Map(others.map((node) => [node, [] as { readonly since: number }[]]))
    const startedAt = now
    for (let arrived = 0; arrived < arrivals.length || [...queues.values()].some(({ length }) => length > 0); now += stepMs) {
      for (let one = arrivals[arrived]; one !== undefined && one.at <= now; one = arrivals[++arrived]) queues.get(one.to)?.push(one)
      for (const [node, queue] of queues) {
        longestQueue = Math.max(longestQueue, queue.length)
        for (const { since } of queue.splice(0, (admitsPerSecond * stepMs) / 1_000)) {
          longestMs = Math.max(longestMs, now - since)
          held[node] = (held[node] ?? 0) + 1
          back++
        }
      }
    }
    // The new process starts when the old one has ended.
    now = Math.max(now, startedAt + timeoutMs)
  }
  return { tookMs: now, longestMs, longestQueue, back }
}

const cluster = { connections: 100_000, nodes: 3, reconnectWithinMs: 5_000, admitsPerSecond: 1_000 }

it('[HLT3] brings 100,000 clients through a rolling restart of three nodes: away for seconds, and no queue before a door is near its bound', () => {
  const calm = rollOut({ ...cluster, timeoutMs: 60_000 })
  expect(calm.back).toBeGreaterThanOrEqual(100_000)
  expect(calm.longestMs).toBeLessThanOrEqual(7_000)
  expect(calm.longestQueue).toBeLessThan(500)
})

it('[HLT3] where the time limit is short, queues are longer, and still shorter than if all were told at once', () => {
  const [calm, hasty, atOnce] = [60_000, 10_000, 1].map((timeoutMs) => rollOut({ ...cluster, timeoutMs }))
  expect(hasty?.longestQueue).toBeGreaterThan(calm?.longestQueue ?? Number.POSITIVE_INFINITY)
  expect(hasty?.longestQueue).toBeLessThan(atOnce?.longestQueue ?? 0)
  expect(hasty?.longestMs).toBeLessThan(atOnce?.longestMs ?? 0)
})
