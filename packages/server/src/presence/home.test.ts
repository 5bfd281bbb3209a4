import { expect, it } from 'vitest'
import { homeOf } from './home.ts'

const keys = Array.from({ length: 3_000 }, (_, n) => `acme/u${n}`)

it('[PRE3] gives each person one home, whatever the order of the nodes, and each node its share', () => {
  const nodes = ['n1', 'n2', 'n3']
  const shares = new Map<string | null, number>()
  for (const key of keys) {
    const home = homeOf(key, nodes)
    expect(homeOf(key, [...nodes].reverse())).toBe(home)
    shares.set(home, (shares.get(home) ?? 0) + 1)
  }
  for (const node of nodes) expect(Math.abs((shares.get(node) ?? 0) - 1_000)).toBeLessThan(150)
  expect(homeOf('acme/u1', [])).toBeNull()
})

it('[PRE3] moves nobody but those of a node that goes', () => {
  for (const key of keys) {
    const before = homeOf(key, ['n1', 'n2', 'n3'])
    if (before !== 'n2') expect(homeOf(key, ['n1', 'n3'])).toBe(before)
  }
})
