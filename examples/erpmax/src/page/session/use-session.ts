import { createContext, use, useSyncExternalStore } from 'react'
import type { User } from '../../contract.ts'
import type { Session, SessionState } from './session.ts'

export const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = use(SessionContext)
  if (session === null) throw new Error('no session here')
  return session
}

export function useSessionState(): SessionState {
  const session = useSession()
  return useSyncExternalStore(session.subscribe, session.getSnapshot)
}

/** Who is signed in; for what is only shown to them. */
export function useMe(): User {
  const state = useSessionState()
  if (state.state !== 'signed-in') throw new Error('nobody is signed in')
  return state.user
}
