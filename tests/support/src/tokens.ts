import { createHmac } from 'node:crypto'

export interface TokenClaims {
  readonly sub: string
  readonly tenant?: string
  readonly name?: string
  readonly roles?: readonly string[]
  readonly [claim: string]: unknown
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An HS256 JWT made without the library that the server verifies with. `expiresAt` in seconds since 1970. */
export function mintToken(secret: string, claims: TokenClaims, expiresAt?: number): string {
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, ...(expiresAt !== undefined && { exp: expiresAt }) })}`
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}
