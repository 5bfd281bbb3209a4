import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import type { Identity } from './port.ts'
import { createTokenCache } from './token-cache.ts'

const identity = (userId: string, expiresAt: number | null = null): Identity => ({
  tenant: 'acme',
  userId,
  roles: [],
  claims: {},
  expiresAt,
})
const options = { maxTokens: 2, maxAgeMs: 1_000 }

it('[AUTH2] forgets the token that was used least recently at its bound', () => {
  const cache = createTokenCache(options)
  cache.set('a', identity('a'), 0)
  cache.set('b', identity('b'), 0)
  cache.get('a', 1)
  cache.set('c', identity('c'), 1)
  expect(cache.size).toBe(2)
  expect(cache.get('b', 1)).toBeUndefined()
  expect(cache.get('a', 1)?.userId).toBe('a')
  expect(cache.get('c', 1)?.userId).toBe('c')
})

it('[AUTH2] forgets a token past its age, used or not', () => {
  const cache = createTokenCache(options)
  cache.set('a', identity('a'), 0)
  expect(cache.get('a', 999)?.userId).toBe('a')
  expect(cache.get('a', 1_000)).toBeUndefined()
  expect(cache.size).toBe(0)
})

it('[AUTH4] answers an expired token once more, so that it is told apart, and forgets it', () => {
  const cache = createTokenCache(options)
  cache.set('a', identity('a', 500), 0)
  expect(cache.get('a', 500)?.expiresAt).toBe(500)
  expect(cache.size).toBe(0)
})

it('[OPS2] holds no token', () => {
  const kept: unknown[] = []
  const set = Map.prototype.set
  Map.prototype.set = function <K, V>(this: Map<K, V>, key: K, value: V) {
    kept.push(key, value)
    return set.call(this, key, value) as Map<K, V>
  }
  try {
    createTokenCache(options).set('the-token', identity('a'), 0)
  } finally {
    Map.prototype.set = set
  }
  expect(kept).toHaveLength(2)
  expect(inspect(kept, { depth: 9 })).not.toContain('the-token')
})

it('[AUTH2] keeps nothing with a bound of 0', () => {
  const cache = createTokenCache({ ...options, maxTokens: 0 })
  cache.set('a', identity('a'), 0)
  expect(cache.size).toBe(0)
})
