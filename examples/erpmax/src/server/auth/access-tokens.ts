import { type Authenticator, jwt } from '@millrace/server'
import { SignJWT } from 'jose'
import type { User } from '../../contract.ts'

export interface AccessTokens {
  readonly ttlSeconds: number
  sign(user: User, now: number): Promise<string>
  /** One verification for REST and for connections. */
  readonly authenticator: Authenticator
}

/** JWTs as ERPMax has them: who it is and whose is in `user_id` and `tenant_id`. */
export function accessTokens(secret: string, ttlSeconds: number): AccessTokens {
  const key = new TextEncoder().encode(secret)
  return {
    ttlSeconds,
    sign({ id, tenant_id, name, role }, now) {
      const issuedAt = Math.floor(now / 1000)
      return new SignJWT({ user_id: id, tenant_id, name, role })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(key)
    },
    authenticator: jwt({ secret, claims: { userId: 'user_id', tenant: 'tenant_id', roles: 'role' } }),
  }
}
