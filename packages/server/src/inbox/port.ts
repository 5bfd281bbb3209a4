import type { InboxPage, InboxUpdate, Notification } from '@millrace/contract'

export type NewNotification = Pick<Notification, 'type' | 'title' | 'message' | 'data' | 'document'> & {
  readonly id: string
  readonly createdAt: number
  /** Per user: a notification whose key was stored before is not stored again (INB1). */
  readonly dedupeKey?: string
}

export interface InboxFilter {
  readonly unread?: boolean | undefined
  readonly type?: string | undefined
  readonly document?: string | undefined
}

/** A change that concerns one user, to be shown on each of the user's devices. */
export interface UserInboxChange {
  readonly userId: string
  readonly change: InboxUpdate
}

/** Every call names tenant and user; an id of another user is as unknown as one that does not exist (TEN2). */
export interface InboxStore {
  /**
   * Stores one notification per user (INB4). Answers the changes; users who had its dedupe key, or its id, are left out. A large
   * audience is stored in parts: after a rejection some may have it, and the same call again completes it.
   */
  add(tenant: string, userIds: readonly string[], notification: NewNotification): Promise<readonly UserInboxChange[]>
  /** The same in the caller's transaction; see `Outbox.write` for how it is carried out on SQLite. */
  addWithin(
    tx: unknown,
    tenant: string,
    userIds: readonly string[],
    notification: NewNotification,
  ): readonly UserInboxChange[] | Promise<readonly UserInboxChange[]>
  /** Newest first, not more than `inboxPageMax`. Throws `invalid_payload` for a cursor that it has not made for this user and filter. */
  list(
    tenant: string,
    userId: string,
    options: InboxFilter & { readonly cursor?: string | undefined; readonly limit: number },
  ): Promise<InboxPage>
  /** Idempotent; null where nothing changed. `at` null marks unread. */
  mark(tenant: string, userId: string, ids: readonly string[] | 'all', at: number | null): Promise<InboxUpdate | null>
  /** Idempotent; null where nothing changed. */
  delete(tenant: string, userId: string, ids: readonly string[]): Promise<InboxUpdate | null>
  count(tenant: string, userId: string): Promise<{ readonly unread: number; readonly revision: number }>
  /** Where the inboxes of these users stand, in the order asked, at most `revisionsMax` of them; 0 for one that never changed. Cheap: nodes ask again and again. */
  revisions(users: readonly InboxOwner[]): Promise<readonly number[]>
  /**
   * Deletes notifications created before `time`, in batches that block nobody, and forgets dedupe keys as old. `onChange` hears of
   * each inbox that was changed by it, so that no device goes on counting what is gone (INB2).
   */
  trim(time: number, onChange?: (tenant: string, change: UserInboxChange) => void): Promise<number>
}

export interface InboxOwner {
  readonly tenant: string
  readonly userId: string
}

export const inboxPageMax = 200
export const revisionsMax = 1_000
