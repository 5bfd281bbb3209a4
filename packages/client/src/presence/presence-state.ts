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
  const { members, left } = changesOf(message)
  const named = new Set([...left, ...members.map(({ userId }) => userId)])
  const others = view.members.filter(({ userId }) => !named.has(userId))
  if (members.length === 0) return others.length === view.members.length ? view : { ...view, members: others }
  return { ...view, members: inOrder([...others, ...members]) }
}

type Changes = Pick<PresenceMessage & { readonly kind: 'changes' }, 'members' | 'left'>

function changesOf(message: Exclude<PresenceMessage, { readonly kind: 'sync' }>): Changes {
  if (message.kind === 'changes') return message
  return message.kind === 'leave' ? { members: [], left: [message.userId] } : { members: [message.member], left: [] }
}
