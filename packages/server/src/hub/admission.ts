import { type AnyContract, MillraceError, type RefusalCode, refusals } from '@millrace/contract'
import { wireVersion } from '@millrace/contract/wire'
import { hello } from '@millrace/contract/wire-schemas'
import type { Authenticator, AuthResult, Identity } from '../auth/port.ts'
import { share } from '../auth/share.ts'
import { type TokenSource, tokenFrom } from '../auth/token-source.ts'
import type { RateLimiter } from '../limits/rate-limiter.ts'
import { quotaError } from '../limits/tenant-account.ts'
import type { TenantQuotas } from '../limits/tenant-quotas.ts'
import type { Turnstile } from '../limits/turnstile.ts'
import type { NamespaceOptions } from '../options.ts'
import type { Admission, Attempt, ClientKind } from '../transport/port.ts'

export interface AdmissionOptions {
  readonly contract: AnyContract
  readonly auth: Authenticator
  readonly lookup: (identity: Identity) => Promise<AuthResult>
  readonly tokenOrder: readonly TokenSource[]
  readonly namespaces: Readonly<Record<string, NamespaceOptions>>
  readonly tenant: string | undefined
  /** Where new connections wait for their handshake. */
  readonly door: Entrance
  /** Where those who have a connection wait until their token is looked at. */
  readonly desk: Entrance
  readonly quotas: Pick<TenantQuotas, 'admit'>
  readonly newId: () => string
  readonly draining: () => boolean
  readonly onRefused: (attempt: Attempt, code: RefusalCode, reason: string) => void
}

export interface Entrance {
  readonly byAddress: RateLimiter
  readonly turnstile: Turnstile
}

type Hello = { readonly kind: 'stock'; readonly session: null } | { readonly kind: 'sdk'; readonly session: string } | null

function readHello(auth: Readonly<Record<string, unknown>>): Hello {
  if (!Object.hasOwn(auth, 'millrace')) return { kind: 'stock', session: null }
  const parsed = hello.safeParse(auth.millrace)
  return parsed.success && parsed.data.version === wireVersion ? { kind: 'sdk', session: parsed.data.session } : null
}

/** Decides on a connection attempt: who it is, by the token alone, and whether they may come in here (AUTH1 to AUTH3, TEN1). */
export function createAdmission(options: AdmissionOptions) {
  const { contract, auth, lookup, tokenOrder, namespaces, door, desk, onRefused } = options
  // One for each token: what the application answers may depend on anything that a token says.
  const lookups = share<Identity, AuthResult>()

  function guest(): Identity | null {
    if (!contract.guests || options.tenant === undefined) return null
    return { tenant: options.tenant, userId: `guest:${options.newId()}`, roles: ['guest'], claims: {}, expiresAt: null }
  }

  /** Their turn has come, or they have gone meanwhile, or there are too many. */
  function turn({ isGone }: Attempt): Promise<'come' | 'gone' | 'full'> {
    return new Promise((resolve) => {
      const waits = desk.turnstile.enter(() => {
        const gone = isGone()
        resolve(gone ? 'gone' : 'come')
        return !gone
      })
      if (!waits) resolve('full')
    })
  }

  /** Verifies a token and looks its user up. */
  async function identify(token: string): Promise<Identity | { readonly code: RefusalCode; readonly reason: string }> {
    const result = await auth.authenticate(token)
    if (!result.ok) return result
    const user = await lookups(result.identity, () => lookup(result.identity))
    return user.ok ? user.identity : user
  }

  return {
    identify,
    /** Looks a user up anew: never shares an answer that was asked for before. */
    lookup,
    /** Lets somebody new in when it is their turn; a code where there are too many. */
    knock(address: string, enter: () => boolean): RefusalCode | null {
      // Who is too quick is told so at the desk, with the time to wait; where others wait, it must not take their places.
      if (door.turnstile.waiting > 0 && !door.byAddress.take(address).ok) return 'rate_limited'
      return door.turnstile.enter(enter) ? null : 'overloaded'
    },
    async admit(attempt: Attempt): Promise<Admission> {
      const refuse = (code: RefusalCode, reason: string, details?: Readonly<Record<string, unknown>>): Admission => {
        onRefused(attempt, code, reason)
        const { message, retry, action } = refusals[code]
        return { ok: false, body: { code, message, retry, details: { action, ...details } } }
      }
      if (options.draining()) return refuse('draining', 'the server is draining')
      const rate = desk.byAddress.take(attempt.address)
      if (!rate.ok) return refuse('rate_limited', 'too many connections from this address', { retryAfterMs: rate.retryAfterMs })
      const turned = await turn(attempt)
      // Nobody is there to be told.
      if (turned === 'gone') return { ok: false, body: new MillraceError('disconnected').toBody() }
      if (turned === 'full') return refuse('overloaded', 'too many wait for their admission')
      const greeting = readHello(attempt.auth)
      if (greeting === null) return refuse('version_unsupported', 'the client speaks another version', { supported: wireVersion })
      const token = tokenFrom({ auth: attempt.auth, headers: attempt.headers }, tokenOrder)
      const identity = token === null ? (guest() ?? { code: 'auth_required' as const, reason: 'no token' }) : await identify(token)
      if ('code' in identity) return refuse(identity.code, identity.reason)
      if (namespaces[attempt.namespace]?.admit?.(identity) === false)
        return refuse('namespace_not_allowed', `not admitted to ${attempt.namespace}`)
      // Asked at the end: whoever begins after a drain has begun would not be told of it.
      if (options.draining()) return refuse('draining', 'the server is draining')
      const exceeded = options.quotas.admit(identity.tenant)
      if (exceeded !== null) return refuse('quota_exceeded', quotaError(exceeded).message, exceeded)
      const kind: ClientKind = greeting.kind
      return { ok: true, kind, identity, address: attempt.address, session: greeting.session }
    },
  }
}

export type AdmissionGate = ReturnType<typeof createAdmission>

/** For a refresh: the refusal as an error. */
export function refusalError({ code }: { readonly code: RefusalCode }): MillraceError {
  return new MillraceError(code, refusals[code].message, { action: refusals[code].action })
}
