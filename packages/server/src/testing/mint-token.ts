import type { Clock } from '@millrace/contract'
import { SignJWT } from 'jose'

/** For tests alone: everybody can read it. */
export const testSecret = 'millrace-test-secret-of-more-than-32-bytes'

export interface MintClaims {
  readonly userId: string
  readonly tenant?: string
  readonly name?: string
  readonly roles?: readonly string[]
  /** From now, by the server's clock. @default one hour */
  readonly expiresInMs?: number
  /** Further claims of the token. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A token that a test server accepts. Expiry is rounded to whole seconds, as tokens have it. */
export function mintToken(
  clock: Clock,
  { userId, tenant = 'acme', name, roles = [], expiresInMs = 3_600_000, claims = {} }: MintClaims,
): Promise<string> {
  const now = clock.now()
  return new SignJWT({ ...claims, tenant, roles: [...roles], ...(name !== undefined && { name }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuedAt(Math.floor(now / 1_000))
    .setExpirationTime(Math.floor((now + expiresInMs) / 1_000))
    .sign(new TextEncoder().encode(testSecret))
}
