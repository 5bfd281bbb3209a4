import type { InboxUpdate, Notification } from '@millrace/contract'
import { integer, type Sql, type SqlRow, text, textOrNull } from '../sqlite/port.ts'
import type { NewNotification, UserInboxChange } from './port.ts'

export function notificationOf(row: SqlRow): Notification {
  const data = textOrNull(row.data)
  const document = textOrNull(row.document)
  return {
    id: text(row.id),
    type: text(row.type),
    title: text(row.title),
    message: text(row.message),
    ...(data !== null && { data: JSON.parse(data) as unknown }),
    ...(document !== null && { document }),
    createdAt: integer(row.created_at),
    readAt: row.read_at === null ? null : integer(row.read_at),
  }
}

/** Unread is counted from the rows each time, so it cannot drift from them (INB2). */
export function countsOf(sql: Sql, tenant: string, userId: string): { readonly unread: number; readonly revision: number } {
  const row = sql.get(
    `SELECT (SELECT count(*) FROM millrace_notifications WHERE tenant = ? AND user_id = ? AND read_at IS NULL) AS unread,
       (SELECT revision FROM millrace_inboxes WHERE tenant = ? AND user_id = ?) AS revision`,
    tenant,
    userId,
    tenant,
    userId,
  )
  return { unread: integer(row?.unread), revision: integer(row?.revision ?? 0) }
}

/** Counts one change of an inbox, and answers where it stands after it. */
export function changed(sql: Sql, tenant: string, userId: string): { readonly unread: number; readonly revision: number } {
  sql.run(
    `INSERT INTO millrace_inboxes (tenant, user_id, revision) VALUES (?, ?, 1)
     ON CONFLICT (tenant, user_id) DO UPDATE SET revision = revision + 1`,
    tenant,
    userId,
  )
  return countsOf(sql, tenant, userId)
}

function isNew(sql: Sql, tenant: string, userId: string, { dedupeKey, createdAt }: NewNotification): boolean {
  if (dedupeKey === undefined) return true
  const added = sql.run(
    'INSERT INTO millrace_dedupe (tenant, user_id, key, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (tenant, user_id, key) DO NOTHING',
    tenant,
    userId,
    dedupeKey,
    createdAt,
  )
  return added === 1
}

/** Stores a notification for each user who does not have it yet. */
export function addRows(sql: Sql, tenant: string, userIds: readonly string[], given: NewNotification): readonly UserInboxChange[] {
  const { id, type, title, message, document, createdAt } = given
  const data = given.data === undefined ? null : (JSON.stringify(given.data) ?? null)
  const notification: Notification = {
    ...{ id, type, title, message },
    ...(data !== null && { data: JSON.parse(data) as unknown }),
    ...(document !== undefined && { document }),
    ...{ createdAt, readAt: null },
  }
  const changes: UserInboxChange[] = []
  for (const userId of new Set(userIds)) {
    if (!isNew(sql, tenant, userId, given)) continue
    const added = sql.run(
      `INSERT INTO millrace_notifications (tenant, user_id, id, type, title, message, data, document, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (tenant, user_id, id) DO NOTHING`,
      tenant,
      userId,
      id,
      type,
      title,
      message,
      data,
      document ?? null,
      createdAt,
    )
    if (added === 1) changes.push({ userId, change: { kind: 'added', notification, ...changed(sql, tenant, userId) } })
  }
  return changes
}

export function markRows(sql: Sql, tenant: string, userId: string, ids: readonly string[] | 'all', at: number | null): InboxUpdate | null {
  const opposite = at === null ? 'read_at IS NOT NULL' : 'read_at IS NULL'
  const update = `UPDATE millrace_notifications SET read_at = ? WHERE tenant = ? AND user_id = ? AND ${opposite}`
  if (ids === 'all') {
    if (sql.run(update, at, tenant, userId) === 0) return null
    return { kind: 'marked', ids, readAt: at, ...changed(sql, tenant, userId) }
  }
  const rows = sql.all(`${update} AND id IN (SELECT value FROM json_each(?)) RETURNING id`, at, tenant, userId, JSON.stringify(ids))
  if (rows.length === 0) return null
  return { kind: 'marked', ids: rows.map((row) => text(row.id)), readAt: at, ...changed(sql, tenant, userId) }
}

export function deleteRows(sql: Sql, tenant: string, userId: string, ids: readonly string[]): InboxUpdate | null {
  const rows = sql.all(
    'DELETE FROM millrace_notifications WHERE tenant = ? AND user_id = ? AND id IN (SELECT value FROM json_each(?)) RETURNING id',
    tenant,
    userId,
    JSON.stringify(ids),
  )
  if (rows.length === 0) return null
  return { kind: 'deleted', ids: rows.map((row) => text(row.id)), ...changed(sql, tenant, userId) }
}
