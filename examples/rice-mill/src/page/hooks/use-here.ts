import { usePresence } from '@millrace/react'
import { useMill } from './use-mill.ts'

/** Somebody who has the mill open. */
export interface Here {
  readonly userId: string
  readonly name: string
  /** What they look at, in words: `Purchases`, `Purchases #12`. */
  readonly view: string
  readonly since: number
  readonly windows: number
}

function viewOf(state: unknown): string {
  return typeof state === 'object' && state !== null && 'view' in state && typeof state.view === 'string' ? state.view : ''
}

/** Who is here, and where. */
export function useHere(): readonly Here[] {
  const { channel } = useMill()
  return usePresence(channel).members.map(({ userId, name = userId, state, joinedAt, connections }) => ({
    userId,
    name,
    view: viewOf(state),
    since: joinedAt,
    windows: connections,
  }))
}
