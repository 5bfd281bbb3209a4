import type { JWTPayload } from 'jose'
import type { Identity } from './port.ts'

/** Where the identity stands in the token: names of claims, or paths into them such as `realm_access.roles`. */
export interface ClaimNames {
  /** @default 'sub' */
  readonly userId?: string
  /** Single-tenant applications fix it. @default 'tenant_id' */
  readonly tenant?: string | { readonly fixed: string }
  /** @default 'name' */
  readonly name?: string
  /** A list, or one role as text. @default 'roles' */
  readonly roles?: string
  /** @default 'sid' */
  readonly sessionId?: string
}

export const claimDefaults = {
  userId: 'sub',
  tenant: 'tenant_id',
  name: 'name',
  roles: 'roles',
  sessionId: 'sid',
} as const satisfies Required<ClaimNames>

export type MappedClaims = { readonly ok: true; readonly identity: Identity } | { readonly ok: false; readonly reason: string }

const maxIdLength = 256

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

/** The claim of exactly this name (`https://example.com/tenant` has dots too), else what the path leads to. */
function claimAt(payload: JWTPayload, path: string): unknown {
  return own(payload, path) ?? path.split('.').reduce<unknown>(own, payload)
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxIdLength
}

// With a list of what is left, not by recursion: a token can nest deeper than the stack is.
function deepFreeze(root: object): void {
  const left: unknown[] = [root]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) left.push(...Object.values(Object.freeze(value)))
  }
}

// What inherits from it inherits nothing, and has a shape that others share, unlike `Object.create(null)`: a third of the memory for each connection.
const bare = Object.create(null) as object

/** A frozen copy that inherits nothing: connections share it, and `claims.constructor` is what the token says or undefined. */
export function frozenClaims(...sources: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>> {
  const claims: Record<string, unknown> = Object.create(bare)
  for (const source of sources) for (const [key, value] of Object.entries(source)) if (key !== '__proto__') claims[key] = value
  deepFreeze(claims)
  return claims
}

/** The identity that a verified payload stands for. What it says of user or tenant must be plain text; nothing is guessed. */
export function mapClaims(payload: JWTPayload, names: ClaimNames = {}): MappedClaims {
  const at = { ...claimDefaults, ...names }
  const refuse = (what: string, path: string): MappedClaims => ({
    ok: false,
    reason: `claim "${path}" (${what}) is missing or not of its type`,
  })

  const userId = claimAt(payload, at.userId)
  if (!isId(userId)) return refuse('userId', at.userId)

  const tenant = typeof at.tenant === 'string' ? claimAt(payload, at.tenant) : at.tenant.fixed
  if (!isId(tenant)) return refuse('tenant', typeof at.tenant === 'string' ? at.tenant : 'fixed')

  const given = claimAt(payload, at.roles) ?? []
  const roles: readonly unknown[] | null = typeof given === 'string' ? [given] : Array.isArray(given) ? given : null
  if (roles === null || !roles.every((role) => typeof role === 'string')) return refuse('roles', at.roles)

  const name = claimAt(payload, at.name)
  const sessionId = claimAt(payload, at.sessionId)
  return {
    ok: true,
    identity: Object.freeze({
      tenant,
      userId,
      ...(typeof name === 'string' && { name }),
      roles: Object.freeze([...roles]),
      claims: frozenClaims(payload),
      ...(isId(sessionId) && { sessionId }),
      expiresAt: payload.exp === undefined ? null : payload.exp * 1000,
    }),
  }
}
