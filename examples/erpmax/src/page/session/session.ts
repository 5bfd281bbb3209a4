import type { User } from '../../contract.ts'
import { ApiError, isApiError } from '../api/api-error.ts'
import { send } from '../api/send.ts'

/** What signing in, signing up or refreshing answers. */
interface Grant {
  readonly access_token: string
  readonly refresh_token: string
  /** Seconds that the access token is good for. */
  readonly expires_in: number
  readonly user: User
}

export interface SignUpForm {
  readonly company: string
  readonly subdomain: string
  readonly name: string
  readonly email: string
  readonly password: string
  readonly plan: string
}

export type SessionState =
  | { readonly state: 'signed-out'; readonly reason: string | null }
  /** The window was here before: its session is being taken up again. */
  | { readonly state: 'resuming' }
  | { readonly state: 'unreachable' }
  | { readonly state: 'signed-in'; readonly user: User }

/** Who uses this window. The access token is kept in memory, the refresh token in the window's own storage. */
export interface Session {
  subscribe(listener: () => void): () => void
  getSnapshot(): SessionState
  /** Throw an `ApiError` that says why not. */
  signIn(email: string, password: string): Promise<void>
  signUp(form: SignUpForm): Promise<void>
  signOut(): Promise<void>
  /** Takes up the session that the window had before it was reloaded. */
  resume(): Promise<void>
  /** An access token that is good for now; renewed first where it has run out. */
  accessToken(): Promise<string>
  /** A newly issued access token; asked for by many at once, it is fetched once. */
  renew(): Promise<string>
}

const storageKey = 'erpmax:refresh-token'
/** A token this close to its end may be over when it arrives. */
const marginMs = 5_000

export function createSession(storage: Storage): Session {
  const listeners = new Set<() => void>()
  let refreshToken = storage.getItem(storageKey)
  let access: { readonly token: string; readonly expiresAt: number } | null = null
  let state: SessionState = refreshToken === null ? { state: 'signed-out', reason: null } : { state: 'resuming' }
  let renewing: Promise<string> | null = null

  function become(next: SessionState): void {
    state = next
    for (const listener of [...listeners]) listener()
  }
  function adopt(grant: Grant): string {
    refreshToken = grant.refresh_token
    storage.setItem(storageKey, refreshToken)
    access = { token: grant.access_token, expiresAt: Date.now() + grant.expires_in * 1000 }
    if (state.state !== 'signed-in') become({ state: 'signed-in', user: grant.user })
    return grant.access_token
  }
  function end(reason: string | null): void {
    storage.removeItem(storageKey)
    refreshToken = null
    access = null
    become({ state: 'signed-out', reason })
  }
  async function fetchNext(): Promise<string> {
    const used = refreshToken
    if (used === null) throw new ApiError('auth_required', 'Sign in first')
    try {
      return adopt(await send<Grant>({ method: 'POST', path: '/auth/refresh', body: { refresh_token: used } }))
    } catch (error) {
      if (refreshToken === used && isApiError(error, 'auth_invalid')) end('Your session has ended. Sign in again to go on.')
      throw error
    }
  }

  const session: Session = {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    getSnapshot: () => state,
    async signIn(email, password) {
      adopt(await send<Grant>({ method: 'POST', path: '/auth/login', body: { email, password } }))
    },
    async signUp(form) {
      adopt(await send<Grant>({ method: 'POST', path: '/auth/signup', body: form }))
    },
    async signOut() {
      const used = refreshToken
      end(null)
      // Whether or not the server hears of it, this window has forgotten the session.
      if (used !== null) await send({ method: 'POST', path: '/auth/logout', body: { refresh_token: used } }).catch(() => {})
    },
    async resume() {
      if (refreshToken === null) return
      become({ state: 'resuming' })
      await session.renew().catch(() => {
        if (state.state === 'resuming') become({ state: 'unreachable' })
      })
    },
    async accessToken() {
      return access !== null && access.expiresAt - Date.now() > marginMs ? access.token : session.renew()
    },
    renew() {
      renewing ??= fetchNext().finally(() => {
        renewing = null
      })
      return renewing
    },
  }
  return session
}
