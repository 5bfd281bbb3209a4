import type { Clock } from '@millrace/contract'
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

export interface RemoteKeysOptions {
  readonly url: URL
  readonly clock: Clock
  /** One request for the keys takes no longer. */
  readonly timeoutMs?: number
  /** Keys are fetched anew after this long, so that a withdrawn key stops counting. */
  readonly maxAgeMs?: number
  /** While new ones cannot be had, the keys at hand serve this long. */
  readonly maxStaleMs?: number
  /** An unknown key id fetches the keys, but never sooner than this after the last fetch. */
  readonly cooldownMs?: number
  /** After a failed fetch the next waits this long. */
  readonly retryMs?: number
}

export const remoteKeysDefaults = {
  timeoutMs: 5_000,
  maxAgeMs: 600_000,
  maxStaleMs: 3_600_000,
  cooldownMs: 10_000,
  retryMs: 1_000,
} as const

/** The keys could not be fetched: says nothing about the token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

/** Finds the key of a token by its key id in a JWKS document that it fetches and keeps. Rejects with `KeysUnavailable`. */
export function remoteKeys(options: RemoteKeysOptions): JWTVerifyGetKey {
  const { url, clock, timeoutMs, maxAgeMs, maxStaleMs, cooldownMs, retryMs } = { ...remoteKeysDefaults, ...options }
  // The library fetches, one request at a time, and finds the key; when to fetch is decided here, by our clock.
  const keys = createRemoteJWKSet(url, { timeoutDuration: timeoutMs, cacheMaxAge: Infinity, cooldownDuration: Infinity })
  let fetchedAt = -Infinity
  let failedAt = -Infinity

  async function fetchKeys(): Promise<boolean> {
    if (clock.now() < failedAt + retryMs) return false
    try {
      await keys.reload()
      fetchedAt = clock.now()
      failedAt = -Infinity
      return true
    } catch {
      failedAt = clock.now()
      return false
    }
  }

  return async (header, token) => {
    const age = clock.now() - fetchedAt
    if (age >= maxAgeMs && !(await fetchKeys()) && age >= maxStaleMs) throw new KeysUnavailable('the signing keys cannot be fetched')
    try {
      return await keys(header, token)
    } catch (error) {
      const unknownKey = error instanceof errors.JWKSNoMatchingKey
      if (!unknownKey || clock.now() < fetchedAt + cooldownMs) throw error
      if (!(await fetchKeys())) throw new KeysUnavailable('the signing keys cannot be fetched, and none at hand fits')
      return await keys(header, token)
    }
  }
}
