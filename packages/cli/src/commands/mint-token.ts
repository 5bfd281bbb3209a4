import type { JwtOptions } from '@millrace/server'
import { SignJWT } from 'jose'
import { CommandFailure } from '../failure.ts'

export interface TokenSubject {
  readonly user: string
  readonly tenant?: string
  readonly name?: string
  readonly roles?: readonly string[]
  /** Further claims, which come after the others. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly expiresInMs: number
}

/** What a token has to say for `auth` to read it so. Throws where the tenant can't be said, or is fixed to another one. */
export function claimsFor(
  { user, tenant, name, roles = [], claims = {} }: TokenSubject,
  auth: Omit<JwtOptions, 'secret'>,
): Record<string, unknown> {
  const names = auth.claims ?? {}
  const { tenant: place = 'tenant_id' } = names
  if (typeof place === 'string' && tenant === undefined) throw new CommandFailure('the token names no tenant', 'add --tenant NAME')
  if (typeof place === 'object' && tenant !== undefined && tenant !== place.fixed)
    throw new CommandFailure(`the configuration fixes the tenant to "${place.fixed}"`, 'leave --tenant out')
  const { audience } = auth
  return {
    // A claim of exactly this name counts before the path that it may also be.
    [names.userId ?? 'sub']: user,
    ...(typeof place === 'string' && { [place]: tenant }),
    ...(name !== undefined && { [names.name ?? 'name']: name }),
    ...(roles.length > 0 && { [names.roles ?? 'roles']: roles }),
    ...(auth.issuer !== undefined && { iss: auth.issuer }),
    ...(audience !== undefined && { aud: typeof audience === 'string' ? audience : audience[0] }),
    ...claims,
  }
}

/** A token by the shared secret of `auth`. `now` in ms since 1970. */
export function mintToken(
  subject: TokenSubject,
  auth: JwtOptions & { readonly secret: string | Uint8Array },
  now: number,
): Promise<string> {
  const key = typeof auth.secret === 'string' ? new TextEncoder().encode(auth.secret) : auth.secret
  return new SignJWT(claimsFor(subject, auth))
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(Math.floor(now / 1_000))
    .setExpirationTime(Math.floor((now + subject.expiresInMs) / 1_000))
    .sign(key)
}
