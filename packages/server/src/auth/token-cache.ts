import { createHash } from 'node:crypto'
import type { Identity } from './port.ts'

export interface TokenCacheOptions {
  readonly maxTokens: number
  /** A token is verified anew after this long, so that a key that was withdrawn stops counting; Infinity where none can be. */
  readonly maxAgeMs: number
}

/** Identities of tokens that were verified: most of what a reconnect storm costs. Knows tokens by their hash alone. */
export interface TokenCache {
  get(token: string, now: number): Identity | undefined
  set(token: string, identity: Identity, now: number): void
  readonly size: number
}

export function createTokenCache({ maxTokens, maxAgeMs }: TokenCacheOptions): TokenCache {
  /** Least recently used first. */
  const entries = new Map<string, { readonly identity: Identity; readonly verifiedAt: number }>()
  const hash = (token: string): string => createHash('sha256').update(token).digest('base64')

  return {
    get(token, now) {
      const key = hash(token)
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      if (now >= entry.verifiedAt + maxAgeMs) return undefined
      const { expiresAt } = entry.identity
      if (expiresAt === null || now < expiresAt) entries.set(key, entry)
      return entry.identity
    },
    set(token, identity, now) {
      const key = hash(token)
      entries.delete(key)
      entries.set(key, { identity, verifiedAt: now })
      const [oldest] = entries.keys()
      if (entries.size > maxTokens && oldest !== undefined) entries.delete(oldest)
    },
    get size() {
      return entries.size
    },
  }
}
