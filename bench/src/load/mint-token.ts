import { createHmac } from 'node:crypto'
import { benchSecret, benchTenant } from '../wire.ts'

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = encode({ alg: 'HS256', typ: 'JWT' })
const hourSeconds = 3_600

/** A token that every server under test verifies. Made here, so that its cost is none of theirs. */
export function mintToken(userId: string, claims: Readonly<Record<string, unknown>> = {}): string {
  const issued = Math.floor(Date.now() / 1_000)
  const body = `${header}.${encode({ sub: userId, tenant: benchTenant, roles: [], iat: issued, exp: issued + hourSeconds, ...claims })}`
  return `${body}.${createHmac('sha256', benchSecret).update(body).digest('base64url')}`
}
