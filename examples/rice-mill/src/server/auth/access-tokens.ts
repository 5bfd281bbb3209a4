import { type Authenticator, jwt } from '@millrace/server'
import { SignJWT } from 'jose'
import type { User } from '../../contract.ts'
import { tenant } from '../app.ts'

export interface AccessTokens {
  readonly ttlSeconds: number
  sign(user: User, sessionId: string, now: number): Promise<string>
  /** One verification for REST and for connections. */
  readonly authenticator: Authenticator
}

export function accessTokens(secret: string, ttlSeconds: number): AccessTokens {
  const key = new TextEncoder().encode(secret)
  return {
    ttlSeconds,
    sign({ id, name, role, millId }, sessionId, now) {
      const issuedAt = Math.floor(now / 1000)
      return new SignJWT({ name, role, millId, sid: sessionId })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(id)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(key)
    },
    authenticator: jwt({ secret, claims: { tenant: { fixed: tenant }, roles: 'role' } }),
  }
}
