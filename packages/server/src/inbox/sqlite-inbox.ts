import { integer, type Sql, type SqlStore, type SqlTransactions, text } from '../sqlite/port.ts'
import type { CursorCodec } from './cursor.ts'
import { type InboxFilter, type InboxStore, inboxPageMax, type UserInboxChange } from './port.ts'
import { addRows, changed, countsOf, deleteRows, markRows, notificationOf } from './sqlite-rows.ts'

export interface SqliteInboxOptions {
  readonly store: SqlStore
  readonly transactions: SqlTransactions
  readonly cursors: CursorCodec
}

// Small enough that a batch holds up the event loop for a few milliseconds.
const usersPerBatch = 500
const rowsPerBatch = 500

interface TrimmedChange extends UserInboxChange {
  readonly tenant: string
}

function trimBatch(sql: Sql, time: number): readonly TrimmedChange[] {
  const rows = sql.all('SELECT seq, tenant, user_id, id FROM millrace_notifications WHERE created_at < ? LIMIT ?', time, rowsPerBatch)
  sql.run(
    'DELETE FROM millrace_notifications WHERE seq IN (SELECT value FROM json_each(?))',
    JSON.stringify(rows.map((row) => integer(row.seq))),
  )
  const inboxes = new Map<string, { readonly tenant: string; readonly userId: string; readonly ids: string[] }>()
  for (const row of rows) {
    const [tenant, userId] = [text(row.tenant), text(row.user_id)]
    const name = JSON.stringify([tenant, userId])
    const inbox = inboxes.get(name) ?? { tenant, userId, ids: [] }
    inbox.ids.push(text(row.id))
    inboxes.set(name, inbox)
  }
  return [...inboxes.values()].map(({ tenant, userId, ids }) => ({
    ...{ tenant, userId },
    change: { kind: 'deleted', ids, ...changed(sql, tenant, userId) },
  }))
}

function filterSql({ unread, type, document }: InboxFilter): { readonly where: string; readonly values: readonly string[] } {
  // Eight texts at most: each is prepared once.
  const seen = unread === undefined ? '' : unread ? ' AND read_at IS NULL' : ' AND read_at IS NOT NULL'
  const where = `${seen}${type === undefined ? '' : ' AND type = ?'}${document === undefined ? '' : ' AND document = ?'}`
  return { where, values: [type, document].filter((value) => value !== undefined) }
}

/** The inbox in SQLite tables. */
export function sqliteInbox({ store, transactions, cursors }: SqliteInboxOptions): InboxStore {
  return {
    async add(tenant, userIds, notification) {
      const changes: UserInboxChange[] = []
      const users = [...new Set(userIds)]
      for (let from = 0; from < users.length; from += usersPerBatch) {
        const part = users.slice(from, from + usersPerBatch)
        changes.push(...(await store.write((sql) => addRows(sql, tenant, part, notification))))
      }
      return changes
    },
    addWithin: (tx, tenant, userIds, notification) => addRows(transactions.within(tx), tenant, userIds, notification),
    list: (tenant, userId, { cursor, limit, unread, type, document }) =>
      store.read((sql) => {
        const scope = { tenant, userId, unread, type, document }
        const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : cursors.decode(scope, cursor)
        const { where, values } = filterSql(scope)
        const count = Math.max(1, Math.min(limit, inboxPageMax))
        const rows = sql.all(
          `SELECT * FROM millrace_notifications WHERE tenant = ? AND user_id = ? AND seq < ?${where} ORDER BY seq DESC LIMIT ?`,
          tenant,
          userId,
          before,
          ...values,
          count + 1,
        )
        const page = rows.slice(0, count)
        const last = page.at(-1)
        return {
          notifications: page.map(notificationOf),
          cursor: rows.length > count && last !== undefined ? cursors.encode(scope, integer(last.seq)) : null,
          ...countsOf(sql, tenant, userId),
        }
      }),
    mark: (tenant, userId, ids, at) => store.write((sql) => markRows(sql, tenant, userId, ids, at)),
    delete: (tenant, userId, ids) => store.write((sql) => deleteRows(sql, tenant, userId, ids)),
    count: (tenant, userId) => store.read((sql) => countsOf(sql, tenant, userId), { single: true }),
    revisions: (users) =>
      store.read((sql) =>
        users.map(({ tenant, userId }) => {
          const row = sql.get('SELECT revision FROM millrace_inboxes WHERE tenant = ? AND user_id = ?', tenant, userId)
          return integer(row?.revision ?? 0)
        }),
      ),
    async trim(time, onChange) {
      let deleted = 0
      let batch: readonly TrimmedChange[]
      do {
        batch = await store.write((sql) => trimBatch(sql, time))
        for (const { tenant, userId, change } of batch) {
          if (change.kind === 'deleted') deleted += change.ids.length
          onChange?.(tenant, { userId, change })
        }
      } while (batch.length > 0)
      const forget = (sql: Sql) =>
        sql.run(
          'DELETE FROM millrace_dedupe WHERE (tenant, user_id, key) IN (SELECT tenant, user_id, key FROM millrace_dedupe WHERE created_at < ? LIMIT ?)',
          time,
          rowsPerBatch,
        )
      while ((await store.write(forget)) > 0) {
        // Each batch is a transaction of its own, and others run between two.
      }
      return deleted
    },
  }
}
