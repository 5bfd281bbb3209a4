import { errors, type JWTPayload } from 'jose'
import { ConfigurationError } from '../configuration-error.ts'
import { systemClock } from '../node/clock.ts'
import { mapClaims } from './claims.ts'
import { type JwtOptions, jwtDefaults } from './jwt-options.ts'
import type { Authenticator, AuthResult } from './port.ts'
import { KeysUnavailable } from './remote-keys.ts'
import { share } from './share.ts'
import { createTokenCache } from './token-cache.ts'
import { createVerify } from './verification.ts'

const expired: AuthResult = { ok: false, code: 'auth_expired', reason: 'the token has expired' }
const invalid = (reason: string): AuthResult => ({ ok: false, code: 'auth_invalid', reason })

function refusal(error: unknown): AuthResult {
  if (error instanceof KeysUnavailable) return { ok: false, code: 'auth_unavailable', reason: error.message }
  if (error instanceof errors.JWTExpired) return expired
  // The library's messages name claims and headers, never their values. Others (of the platform's cryptography) are not known to keep to that.
  return invalid(error instanceof errors.JOSEError ? error.message : 'the token could not be verified')
}

/**
 * Verifies JSON Web Tokens (RFC 7519) by a shared secret, a public key or JWKS documents (AUTH2).
 * Throws `ConfigurationError` for settings that cannot work.
 */
export function jwt(options: JwtOptions): Authenticator {
  const { clock = systemClock, claims = {}, cacheMaxTokens = jwtDefaults.cacheMaxTokens } = options
  const verify = createVerify(options, clock)
  if (!Number.isSafeInteger(cacheMaxTokens) || cacheMaxTokens < 0)
    throw new ConfigurationError('auth.cacheMaxTokens', 'is not a whole number', 'set 0 (no cache) or more')
  if (typeof claims.tenant === 'object' && claims.tenant.fixed.trim() === '')
    throw new ConfigurationError('auth.claims.tenant.fixed', 'is empty', 'name the tenant')
  // Keys that are fetched may be withdrawn; what a key of the configuration has verified holds until it expires.
  const maxAgeMs = 'secret' in options || 'publicKey' in options ? Number.POSITIVE_INFINITY : jwtDefaults.cacheMaxAgeMs
  const cache = createTokenCache({ maxTokens: cacheMaxTokens, maxAgeMs })
  // After a break the tabs of one person come back in the same moment, with one token.
  const verifications = share<string, AuthResult>()

  async function verifyNow(token: string): Promise<AuthResult> {
    let payload: JWTPayload
    try {
      payload = await verify(token)
    } catch (error) {
      return refusal(error)
    }
    const mapped = mapClaims(payload, claims)
    if (!mapped.ok) return invalid(mapped.reason)
    // Asked again here: verifying allows for a clock that is ahead, and that is not to lengthen a token's life (AUTH4).
    if (isOver(mapped.identity.expiresAt, clock.now())) return expired
    cache.set(token, mapped.identity, clock.now())
    return { ok: true, identity: mapped.identity }
  }

  return {
    async authenticate(token) {
      if (typeof token !== 'string' || token === '') return invalid('the token is not text')
      if (token.length > jwtDefaults.tokenMaxLength) return invalid(`the token is longer than ${jwtDefaults.tokenMaxLength} characters`)
      const known = cache.get(token, clock.now())
      if (known !== undefined) return isOver(known.expiresAt, clock.now()) ? expired : { ok: true, identity: known }
      return verifications(token, () => verifyNow(token))
    },
  }
}

function isOver(expiresAt: number | null, now: number): boolean {
  return expiresAt !== null && !(now < expiresAt)
}

export type { JwtOptions }
