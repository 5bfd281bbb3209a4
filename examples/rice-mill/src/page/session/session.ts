import type { User } from '../../contract.ts'
import { ApiError, isApiError } from '../api/api-error.ts'
import { send } from '../api/send.ts'
import type { Grant } from './grant.ts'
import { joinTokenExchange } from './token-exchange.ts'

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
  /** Throws an `ApiError` that says why not. */
  signIn(email: string, password: string): Promise<void>
  signOut(): Promise<void>
  /** Takes up the session that the window had before it was reloaded. */
  resume(): Promise<void>
  /** An access token that is good for now; renewed first where it has run out. */
  accessToken(): Promise<string>
  /** A newly issued access token; asked for by many at once, it is fetched once. */
  renew(): Promise<string>
}

const storageKey = 'rice-mill:refresh-token'
/** A token this close to its end may be over when it arrives. */
const marginMs = 5_000

export function createSession(storage: Storage): Session {
  const listeners = new Set<() => void>()
  let refreshToken = storage.getItem(storageKey)
  let access: { readonly token: string; readonly expiresAt: number } | null = null
  let state: SessionState = refreshToken === null ? { state: 'signed-out', reason: null } : { state: 'resuming' }
  let renewing: Promise<string> | null = null

  const exchange = joinTokenExchange((used, grant) => {
    if (used === refreshToken) adopt(grant)
  })

  function become(next: SessionState): void {
    state = next
    for (const listener of [...listeners]) listener()
  }

  function adopt(grant: Grant): string {
    refreshToken = grant.refreshToken
    storage.setItem(storageKey, refreshToken)
    access = { token: grant.accessToken, expiresAt: Date.now() + grant.expiresIn * 1000 }
    if (state.state !== 'signed-in' || JSON.stringify(state.user) !== JSON.stringify(grant.user))
      become({ state: 'signed-in', user: grant.user })
    return grant.accessToken
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
      const grant = await send<Grant>({ method: 'POST', path: '/auth/refresh', body: { refreshToken: used } })
      // Signed out, or brought up to date by another window, while the answer was on its way.
      if (refreshToken !== used) return access?.token ?? grant.accessToken
      exchange.tell(used, grant)
      return adopt(grant)
    } catch (error) {
      if (refreshToken === used && isApiError(error, 'auth_invalid', 'auth_inactive'))
        end(error.code === 'auth_inactive' ? 'Your account is no longer active.' : 'Your session has ended. Sign in again to go on.')
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
    async signOut() {
      const used = refreshToken
      end(null)
      // Whether or not the server hears of it, this window has forgotten the session.
      if (used !== null) await send({ method: 'POST', path: '/auth/logout', body: { refreshToken: used } }).catch(() => {})
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
