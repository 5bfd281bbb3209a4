import { expect, it } from 'vitest'
import { growthFigures, sharesOf } from './growth.ts'

it('gives the same load to any number of nodes, to each its own users and its own place among the channels', () => {
  for (const nodes of [1, 2, 3]) {
    const shares = sharesOf(nodes)
    expect(shares.reduce((sum, share) => sum + share.connections, 0)).toBe(600)
    expect(shares.reduce((sum, share) => sum + share.perSecond, 0)).toBe(300)
  }
  expect(sharesOf(3).map(({ firstUser }) => firstUser)).toEqual([0, 200, 400])
  expect(sharesOf(3).map(({ afterMs }) => afterMs)).toEqual([0, 200, 400])
})

it('accounts by delivery for who works per delivery, and by publication for what Redis carries', () => {
  const received = { deliveries: 3_000, late: 0, lost: 0, p50Us: 2_000, p99Us: 9_000 }
  const books = { nodesMs: 60, redisMs: 3, postgresMs: 30, publishes: 150, redisBytesOut: 40_000 }
  const figures = growthFigures(2, { received, expected: 3_000 }, books)
  expect(Object.fromEntries(figures.map(({ key, value }) => [key, value]))).toEqual({
    ...{ '2-cpu': 20, '2-cpu-node': 10, '2-cpu-redis': 1, '2-cpu-postgres': 10 },
    ...{ '2-p50': 2, '2-p99': 9, '2-messages': 1.5, '2-bytes': 400 },
  })
  expect(new Set(figures.map(({ label }) => label)).size).toBe(figures.length)
})
