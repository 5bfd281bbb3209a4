/** A notice to a user, kept until it is deleted. */
export interface Notification {
  readonly id: string
  readonly type: string
  readonly title: string
  readonly message: string
  readonly data?: unknown
  /** The document that it is about, such as `purchase/42`: what to open, and a filter for lists. */
  readonly document?: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly readAt: number | null
}

export interface InboxPage {
  readonly notifications: readonly Notification[]
  /** Where the next page begins; null at the end. Opaque. */
  readonly cursor: string | null
  readonly unread: number
  readonly revision: number
}

/** What changed in a user's inbox. */
export type InboxUpdate = { readonly revision: number; readonly unread: number } & (
  | { readonly kind: 'added'; readonly notification: Notification }
  | { readonly kind: 'marked'; readonly ids: readonly string[] | 'all'; readonly readAt: number | null }
  | { readonly kind: 'deleted'; readonly ids: readonly string[] }
)

/**
 * What a client hears of a user's inbox. `revision` grows by one with each change: a client that sees a hole, or an older number,
 * fetches anew. `check`: nothing has changed, and something may have been missed; whoever knows another revision fetches anew.
 */
export type InboxChange = InboxUpdate | { readonly kind: 'check'; readonly revision: number }
