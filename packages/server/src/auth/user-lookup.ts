import type { Clock } from '@millrace/contract'
import type { LoadedUser } from '../options.ts'
import { frozenClaims } from './claims.ts'
import type { AuthResult, Identity } from './port.ts'

export interface UserLookupOptions {
  readonly loadUser: (identity: Identity) => Promise<LoadedUser | null> | LoadedUser | null
  readonly clock: Clock
  readonly timeoutMs: number
}

type Answer = { readonly kind: 'user'; readonly user: LoadedUser | null } | { readonly kind: 'unavailable'; readonly reason: string }

const unavailable = (reason: string): Answer => ({ kind: 'unavailable', reason })

function merged(identity: Identity, user: LoadedUser): Identity {
  const name = user.name ?? identity.name
  const roles = user.roles ?? identity.roles
  // Spread as they are, the letters of a text would each become a role.
  if (!Array.isArray(roles)) throw new TypeError('roles is not a list')
  return Object.freeze({
    ...identity,
    ...(name !== undefined && { name }),
    roles: Object.freeze([...roles]),
    // Cloned before it is frozen: the application may go on using its own object.
    claims: user.claims === undefined ? identity.claims : frozenClaims(identity.claims, structuredClone(user.claims)),
  })
}

/** Asks the application for the user behind a verified token, within a time limit. Whatever goes wrong, nobody is admitted. */
export function createUserLookup({ loadUser, clock, timeoutMs }: UserLookupOptions): (identity: Identity) => Promise<AuthResult> {
  function ask(identity: Identity): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = clock.after(timeoutMs, () => resolve(unavailable(`the user lookup took longer than ${timeoutMs} ms`)))
      const settle = (answer: Answer): void => {
        timer.cancel()
        resolve(answer)
      }
      new Promise<LoadedUser | null>((loaded) => loaded(loadUser(identity))).then(
        (user) => settle({ kind: 'user', user }),
        () => settle(unavailable('the user lookup failed')),
      )
    })
  }

  return async (identity) => {
    const answer = await ask(identity)
    if (answer.kind === 'unavailable') return { ok: false, code: 'auth_unavailable', reason: answer.reason }
    // Only `true` admits: an application without types may answer a row of its database.
    if (answer.user?.active !== true) return { ok: false, code: 'auth_inactive', reason: 'the user is unknown or not active' }
    try {
      return { ok: true, identity: merged(identity, answer.user) }
    } catch {
      return { ok: false, code: 'auth_unavailable', reason: 'the user lookup answered something that is not a LoadedUser of plain data' }
    }
  }
}
