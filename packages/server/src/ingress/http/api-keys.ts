import { createHash, timingSafeEqual } from 'node:crypto'
import type { AnyContract } from '@millrace/contract'
import { ConfigurationError } from '../../configuration-error.ts'
import type { Rate } from '../../limits/options.ts'

/** What a key may do. `revoke` is also for `reauthorize`; `read` is for presence and inboxes. */
export const apiScopes = ['publish', 'notify', 'send', 'revoke', 'read'] as const
export type ApiScope = (typeof apiScopes)[number]

/** A key of another program. The key itself is nowhere: only its hash. */
export interface ApiKey {
  /** Names the key in logs and in idempotency keys: letters, digits, "_", "." and "-". It stays when the key is exchanged. */
  readonly id: string
  /** SHA-256 of the key, in hexadecimal: what `hashApiKey` answers. Several while a key is exchanged: each of them counts. */
  readonly hash: string | readonly string[]
  readonly scopes: readonly ApiScope[]
  /** The tenants that it acts for. With one, requests need not name it. */
  readonly tenants: readonly string[]
  /** Patterns of the contract, or names of channels, that it is for. @default all */
  readonly channels?: readonly string[]
  /** @default the API's `rate` */
  readonly rate?: Rate
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** What is stored of a key. A key is drawn by chance, 32 bytes or more (`openssl rand -hex 32`): then a plain hash is enough. */
export function hashApiKey(key: string): string {
  return digest(key).toString('hex')
}

function hashesOf(hash: ApiKey['hash']): readonly string[] {
  return typeof hash === 'string' ? [hash] : hash
}

/** Throws a `ConfigurationError` for the first key that cannot be meant so. */
function checkKey(contract: AnyContract, { id, hash, scopes, tenants, channels = [] }: ApiKey, earlier: readonly ApiKey[]): void {
  if (!/^[\w.-]{1,64}$/.test(id)) throw new ConfigurationError('keys[].id', 'is not an id', 'use 1 to 64 letters, digits, "_", "." and "-"')
  const setting = `keys "${id}"`
  const hashes = hashesOf(hash)
  if (hashes.length === 0 || hashes.some((each) => !/^[0-9a-f]{64}$/.test(each)))
    throw new ConfigurationError(setting, 'has a hash that is no SHA-256', 'store what hashApiKey(key) answers, never the key')
  if (earlier.some((other) => other.id === id || hashesOf(other.hash).some((each) => hashes.includes(each))))
    throw new ConfigurationError(setting, 'is there twice', 'give each key an id and a secret of its own')
  const unknown = scopes.find((scope) => !apiScopes.includes(scope))
  if (scopes.length === 0 || unknown !== undefined)
    throw new ConfigurationError(
      setting,
      unknown === undefined ? 'has no scope' : `has the unknown scope "${unknown}"`,
      `use some of ${apiScopes}`,
    )
  if (tenants.length === 0 || tenants.some((tenant) => typeof tenant !== 'string' || tenant === ''))
    throw new ConfigurationError(setting, 'names no tenant', 'list the tenants that it acts for')
  const patterns = new Set(Object.values(contract.channels).map(({ definition }) => definition.pattern.pattern))
  const stray = channels.find((channel) => !patterns.has(channel) && contract.resolve(channel) === null)
  if (stray !== undefined)
    throw new ConfigurationError(setting, `has the unknown channel "${stray}"`, "use the contract's patterns, or names of channels")
}

/** Finds the key that was presented; null for none. Every key is compared, each in constant time. */
export function apiKeyring(contract: AnyContract, keys: readonly ApiKey[]): (presented: string) => ApiKey | null {
  for (const [index, key] of keys.entries()) checkKey(contract, key, keys.slice(0, index))
  const known = keys.flatMap((key) => hashesOf(key.hash).map((hash) => ({ key, hash: Buffer.from(hash, 'hex') })))
  return (presented) => {
    const hash = digest(presented)
    let found: ApiKey | null = null
    for (const entry of known) if (timingSafeEqual(entry.hash, hash)) found = entry.key
    return found
  }
}
