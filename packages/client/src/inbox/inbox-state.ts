import type { InboxChange, InboxPage, Notification } from '@millrace/contract'

/** The user's notifications as the client shows them. */
export interface InboxView {
  readonly status: 'idle' | 'loading' | 'ready' | 'failed'
  /** Newest first. */
  readonly notifications: readonly Notification[]
  readonly unread: number
  readonly hasMore: boolean
  /** With `failed`. */
  readonly error?: unknown
}

export const idleInbox: InboxView = { status: 'idle', notifications: [], unread: 0, hasMore: false }

/** What the server has said, up to `revision`. */
export interface InboxBase {
  readonly notifications: readonly Notification[]
  readonly unread: number
  readonly revision: number
  readonly cursor: string | null
}

/** A change of this client's own, shown before the server has answered. */
export type InboxIntent =
  | { readonly id: number; readonly kind: 'mark'; readonly ids: readonly string[] | 'all'; readonly readAt: number | null }
  | { readonly id: number; readonly kind: 'delete'; readonly ids: readonly string[] }

type Content = Pick<InboxBase, 'notifications' | 'unread'>

function mark(content: Content, ids: readonly string[] | 'all', readAt: number | null): Content {
  let { unread } = content
  const notifications = content.notifications.map((notification) => {
    if (ids !== 'all' && !ids.includes(notification.id)) return notification
    if ((notification.readAt === null) === (readAt === null)) return notification
    unread += readAt === null ? 1 : -1
    return { ...notification, readAt }
  })
  return { notifications, unread: ids === 'all' && readAt !== null ? 0 : Math.max(0, unread) }
}

function drop(content: Content, ids: readonly string[]): Content {
  const gone = content.notifications.filter((notification) => ids.includes(notification.id))
  if (gone.length === 0) return content
  const unread = content.unread - gone.filter((notification) => notification.readAt === null).length
  return { notifications: content.notifications.filter((notification) => !gone.includes(notification)), unread: Math.max(0, unread) }
}

export function applyIntent<C extends Content>(content: C, intent: InboxIntent): C {
  const next = intent.kind === 'mark' ? mark(content, intent.ids, intent.readAt) : drop(content, intent.ids)
  return { ...content, ...next }
}

function applyChange(base: InboxBase, change: Exclude<InboxChange, { readonly kind: 'check' }>): InboxBase {
  const { revision, unread } = change
  switch (change.kind) {
    case 'added': {
      const others = base.notifications.filter((notification) => notification.id !== change.notification.id)
      return { ...base, notifications: [change.notification, ...others], revision, unread }
    }
    case 'marked':
      return { ...base, ...mark(base, change.ids, change.readAt), revision, unread }
    case 'deleted':
      return { ...base, ...drop(base, change.ids), revision, unread }
  }
}

/** What a pushed change means to what is known (INB2): the next one is applied, a hole or an older number is fetched anew. */
export function reduceInbox(base: InboxBase, change: InboxChange): InboxBase | 'known' | 'refetch' {
  if (change.revision === base.revision) return 'known'
  return change.revision === base.revision + 1 && change.kind !== 'check' ? applyChange(base, change) : 'refetch'
}

export function firstPage({ notifications, unread, revision, cursor }: InboxPage): InboxBase {
  return { notifications, unread, revision, cursor }
}

/** Adds the next page; null where it was read before a change that is known by now, and has to be read again. */
export function nextPage(base: InboxBase, page: InboxPage): InboxBase | null {
  if (page.revision < base.revision) return null
  const known = new Set(base.notifications.map((notification) => notification.id))
  return { ...base, notifications: [...base.notifications, ...page.notifications.filter(({ id }) => !known.has(id))], cursor: page.cursor }
}

/** What is shown: what the server has said, with this client's own changes on top (INB3). */
export function inboxView(base: InboxBase | null, intents: readonly InboxIntent[], failure: { readonly error: unknown } | null): InboxView {
  if (base === null)
    return failure === null ? { ...idleInbox, status: 'loading' } : { ...idleInbox, status: 'failed', error: failure.error }
  const { notifications, unread, cursor } = intents.reduce(applyIntent, base)
  const shown = { notifications, unread, hasMore: cursor !== null }
  return failure === null ? { status: 'ready', ...shown } : { status: 'failed', error: failure.error, ...shown }
}
