import { type InboxObserver, type InboxView, MillraceError } from '@millrace/client'
import { useMemo } from 'react'
import { useClient } from './provider.tsx'
import { useObserver } from './use-observer.ts'

/** A refused change was rolled back. */
export type ActionResult = { readonly ok: true } | { readonly ok: false; readonly error: MillraceError }

export interface NotificationActions {
  readonly markRead: (ids: readonly string[]) => Promise<ActionResult>
  readonly markUnread: (ids: readonly string[]) => Promise<ActionResult>
  readonly markAllRead: () => Promise<ActionResult>
  readonly remove: (ids: readonly string[]) => Promise<ActionResult>
  readonly loadMore: () => Promise<ActionResult>
  readonly reload: () => void
}

const idle: InboxView = { status: 'idle', notifications: [], unread: 0, hasMore: false }

async function settled(action: Promise<void>): Promise<ActionResult> {
  try {
    await action
    return { ok: true }
  } catch (error) {
    return { ok: false, error: error instanceof MillraceError ? error : new MillraceError('internal', String(error)) }
  }
}

function actionsOf(inbox: InboxObserver): NotificationActions {
  return {
    markRead: (ids) => settled(inbox.markRead(ids)),
    markUnread: (ids) => settled(inbox.markUnread(ids)),
    markAllRead: () => settled(inbox.markRead('all')),
    remove: (ids) => settled(inbox.remove(ids)),
    loadMore: () => settled(inbox.loadMore()),
    reload: inbox.reload,
  }
}

/** The user's notifications, and what can be done with them. Changes show at once. */
export function useNotifications(): InboxView & NotificationActions {
  const { inbox } = useClient()
  const actions = useMemo(() => actionsOf(inbox), [inbox])
  const view = useObserver(inbox, idle)
  return useMemo(() => ({ ...view, ...actions }), [view, actions])
}
