import type { InboxUpdate, Notification } from '@millrace/contract'
import { refuseTransaction } from '../memory-transactions.ts'
import type { CursorCodec } from './cursor.ts'
import { type InboxFilter, type InboxStore, inboxPageMax, type NewNotification, type UserInboxChange } from './port.ts'

interface Entry {
  readonly seq: number
  readonly notification: Notification
}

interface Inbox {
  readonly tenant: string
  readonly userId: string
  revision: number
  /** Newest last. */
  entries: Entry[]
  /** Dedupe keys and the time of their notifications: kept when those are deleted. */
  readonly keys: Map<string, number>
}

function fits({ notification }: Entry, { unread, type, document }: InboxFilter): boolean {
  if (unread !== undefined && unread !== (notification.readAt === null)) return false
  return (type === undefined || type === notification.type) && (document === undefined || document === notification.document)
}

function unreadOf(inbox: Inbox | undefined): number {
  return inbox?.entries.filter(({ notification }) => notification.readAt === null).length ?? 0
}

function newNotification({ id, type, title, message, data, document, createdAt }: NewNotification): Notification {
  // Through JSON, as any store that survives the process has it: later changes to the caller's object stay the caller's.
  const json = data === undefined ? undefined : JSON.stringify(data)
  return {
    ...{ id, type, title, message },
    ...(json !== undefined && { data: JSON.parse(json) as unknown }),
    ...(document !== undefined && { document }),
    ...{ createdAt, readAt: null },
  }
}

/** Inboxes in this process's memory. An inbox stays once used: its revision must not begin anew. */
export function memoryInbox(cursors: CursorCodec): InboxStore {
  const inboxes = new Map<string, Inbox>()
  let seq = 0

  const find = (tenant: string, userId: string): Inbox | undefined => inboxes.get(JSON.stringify([tenant, userId]))

  function open(tenant: string, userId: string): Inbox {
    const inbox = find(tenant, userId) ?? { tenant, userId, revision: 0, entries: [], keys: new Map() }
    inboxes.set(JSON.stringify([tenant, userId]), inbox)
    return inbox
  }
  function changed(inbox: Inbox): { readonly revision: number; readonly unread: number } {
    inbox.revision += 1
    return { revision: inbox.revision, unread: unreadOf(inbox) }
  }
  function remove(inbox: Inbox, gone: (entry: Entry) => boolean): InboxUpdate | null {
    const removed = inbox.entries.filter(gone)
    if (removed.length === 0) return null
    inbox.entries = inbox.entries.filter((entry) => !gone(entry))
    return { kind: 'deleted', ids: removed.map(({ notification }) => notification.id), ...changed(inbox) }
  }

  return {
    async add(tenant, userIds, given) {
      const changes: UserInboxChange[] = []
      for (const userId of new Set(userIds)) {
        const inbox = open(tenant, userId)
        const { dedupeKey, createdAt } = given
        if (dedupeKey !== undefined && inbox.keys.has(dedupeKey)) continue
        if (dedupeKey !== undefined) inbox.keys.set(dedupeKey, createdAt)
        if (inbox.entries.some(({ notification }) => notification.id === given.id)) continue
        const notification = newNotification(given)
        seq += 1
        inbox.entries.push({ seq, notification })
        changes.push({ userId, change: { kind: 'added', notification, ...changed(inbox) } })
      }
      return changes
    },
    addWithin: refuseTransaction,
    async list(tenant, userId, { cursor, limit, unread, type, document }) {
      const scope = { tenant, userId, unread, type, document }
      const before = cursor === undefined ? Number.POSITIVE_INFINITY : cursors.decode(scope, cursor)
      const inbox = find(tenant, userId)
      const count = Math.max(1, Math.min(limit, inboxPageMax))
      const found = (inbox?.entries ?? []).filter((entry) => entry.seq < before && fits(entry, scope)).reverse()
      const page = found.slice(0, count)
      const last = page.at(-1)
      return {
        notifications: page.map(({ notification }) => notification),
        cursor: found.length > count && last !== undefined ? cursors.encode(scope, last.seq) : null,
        unread: unreadOf(inbox),
        revision: inbox?.revision ?? 0,
      }
    },
    async mark(tenant, userId, ids, at) {
      const inbox = find(tenant, userId)
      if (inbox === undefined) return null
      const chosen = ids === 'all' ? null : new Set(ids)
      const marked: string[] = []
      inbox.entries = inbox.entries.map((entry) => {
        const { id, readAt } = entry.notification
        if ((chosen !== null && !chosen.has(id)) || (readAt === null) === (at === null)) return entry
        marked.push(id)
        return { ...entry, notification: { ...entry.notification, readAt: at } }
      })
      if (marked.length === 0) return null
      return { kind: 'marked', ids: ids === 'all' ? ids : marked, readAt: at, ...changed(inbox) }
    },
    async delete(tenant, userId, ids) {
      const inbox = find(tenant, userId)
      const chosen = new Set(ids)
      return inbox === undefined ? null : remove(inbox, ({ notification }) => chosen.has(notification.id))
    },
    async revisions(users) {
      return users.map(({ tenant, userId }) => find(tenant, userId)?.revision ?? 0)
    },
    async count(tenant, userId) {
      const inbox = find(tenant, userId)
      return { unread: unreadOf(inbox), revision: inbox?.revision ?? 0 }
    },
    async trim(time, onChange) {
      let deleted = 0
      for (const inbox of inboxes.values()) {
        for (const [key, createdAt] of inbox.keys) if (createdAt < time) inbox.keys.delete(key)
        const change = remove(inbox, ({ notification }) => notification.createdAt < time)
        if (change?.kind !== 'deleted') continue
        deleted += change.ids.length
        onChange?.(inbox.tenant, { userId: inbox.userId, change })
      }
      return deleted
    },
  }
}
