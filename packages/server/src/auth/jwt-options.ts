import type { Clock } from '@millrace/contract'
import type { JWK } from 'jose'
import type { ClaimNames } from './claims.ts'
import type { RemoteKeysOptions } from './remote-keys.ts'

/** What a public key can verify. Shared secrets verify HS256 alone. */
export const asymmetricAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
export type AsymmetricAlgorithm = (typeof asymmetricAlgorithms)[number]

export interface JwtSecret {
  /** At least 32 bytes; HS256. */
  readonly secret: string | Uint8Array
}

export interface JwtPublicKey {
  /** PEM (a public key or a certificate), or a JWK. */
  readonly publicKey: string | JWK
  readonly algorithm: AsymmetricAlgorithm
}

interface FetchedKeys {
  /** @default ['RS256', 'ES256'] */
  readonly algorithms?: readonly AsymmetricAlgorithm[]
  readonly jwks?: Omit<RemoteKeysOptions, 'url' | 'clock'>
}
export interface JwtJwks extends FetchedKeys {
  readonly jwksUrl: string
}
export interface JwtIssuers extends FetchedKeys {
  /** Several issuers, each with its own keys: a key counts only for the issuer that it was fetched for. */
  readonly issuers: readonly { readonly issuer: string; readonly jwksUrl: string }[]
}

export type JwtOptions = (JwtSecret | JwtPublicKey | JwtJwks | JwtIssuers) & {
  /** The `iss` that a token must have; not with `issuers`, which names them. */
  readonly issuer?: string
  /** The `aud` that a token must have, or one of several. */
  readonly audience?: string | readonly string[]
  readonly claims?: ClaimNames
  /** By so much may the issuer's clock be ahead (`nbf`). Expiry knows no tolerance. */
  readonly clockToleranceSeconds?: number
  /**
   * So many verified tokens are remembered, by their hash, until they expire (with `jwksUrl` and `issuers` for ten minutes at most). Above the
   * number of clients that may come back at once, a reconnect storm verifies nothing. @default 20,000
   */
  readonly cacheMaxTokens?: number
  readonly clock?: Clock
}

export const jwtDefaults = {
  algorithms: ['RS256', 'ES256'],
  clockToleranceSeconds: 5,
  cacheMaxTokens: 20_000,
  cacheMaxAgeMs: 600_000,
  tokenMaxLength: 16_384,
  secretMinBytes: 32,
} as const
