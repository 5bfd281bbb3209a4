import type { PresenceMember } from '@millrace/contract'
import type { PresenceMessage } from '@millrace/contract/wire'

/** Who is in a channel. `stale`: as it was when the connection broke. */
export interface PresenceView {
  readonly status: 'idle' | 'syncing' | 'live' | 'stale'
  /** By the time they came. */
  readonly members: readonly PresenceMember[]
}

export const idlePresence: PresenceView = { status: 'idle', members: [] }

function inOrder(members: readonly PresenceMember[]): readonly PresenceMember[] {
  return [...members].sort((a, b) => a.joinedAt - b.joinedAt || (a.userId < b.userId ? -1 : 1))
}

/** Applies a message. Changes before the first `sync` are in that sync too, and are left to it. */
export function reducePresence(view: PresenceView, message: PresenceMessage): PresenceView {
  if (message.kind === 'sync') return { status: 'live', members: inOrder(message.members) }
  if (view.status !== 'live') return view
  const userId = message.kind === 'leave' ? message.userId : message.member.userId
  const others = view.members.filter((member) => member.userId !== userId)
  if (message.kind === 'leave') return others.length === view.members.length ? view : { ...view, members: others }
  return { ...view, members: inOrder([...others, message.member]) }
}
