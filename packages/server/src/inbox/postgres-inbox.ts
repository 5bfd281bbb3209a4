import { type InboxUpdate, MillraceError, type Notification } from '@millrace/contract'
import {
  integer,
  type PgDatabase,
  type PgRow,
  type PgTransaction,
  type PgTransactions,
  type PgValue,
  text,
  textOrNull,
} from '../postgres/port.ts'
import type { CursorCodec } from './cursor.ts'
import { type InboxFilter, type InboxStore, inboxPageMax, type NewNotification, type UserInboxChange } from './port.ts'

export interface PostgresInboxOptions {
  readonly home: string
  readonly database: PgDatabase
  readonly transactions: PgTransactions
  readonly cursors: CursorCodec
}

/** As `millrace.inboxes_changed` answers it. */
interface Changed {
  readonly userId: string
  readonly revision: number
  readonly unread: number
}

const usersPerBatch = 500
const rowsPerBatch = 500

function notificationOf(row: PgRow): Notification {
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

function filterSql({ unread, type, document }: InboxFilter): { readonly where: string; readonly values: readonly string[] } {
  // Eight texts at most: each is prepared once.
  const seen = unread === undefined ? '' : unread ? ' AND n.read_at IS NULL' : ' AND n.read_at IS NOT NULL'
  const values = [type, document].filter((value) => value !== undefined)
  const byType = type === undefined ? '' : ' AND n.type = $5'
  return { where: `${seen}${byType}${document === undefined ? '' : ` AND n.document = $${4 + values.length}`}`, values }
}

const counts = `(SELECT count(*) FROM millrace.notifications u WHERE u.tenant = $1 AND u.user_id = $2 AND u.read_at IS NULL) AS unread,
  coalesce((SELECT i.revision FROM millrace.inboxes i WHERE i.tenant = $1 AND i.user_id = $2), 0) AS revision`
const add = 'SELECT millrace.inbox_add($1, $2, ARRAY(SELECT json_array_elements_text($3::json)), $4::json)::text AS answer'

/** How `millrace.inbox_add` is asked, and what its answer means. */
function addition(home: string, tenant: string, users: readonly string[], given: NewNotification) {
  const { id, type, title, message, document, createdAt, dedupeKey } = given
  const data = given.data === undefined ? null : (JSON.stringify(given.data) ?? null)
  const notification: Notification = {
    ...{ id, type, title, message },
    ...(data !== null && { data: JSON.parse(data) as unknown }),
    ...(document !== undefined && { document }),
    ...{ createdAt, readAt: null },
  }
  return {
    values: [home, tenant, JSON.stringify(users), JSON.stringify({ id, type, title, message, document, createdAt, dedupeKey, data })],
    changesOf(answer: string | null): readonly UserInboxChange[] {
      if (answer === null) throw new MillraceError('outbox_wrong_database', 'the transaction is on another database than the store')
      // Holds: the function builds it so.
      const changed = JSON.parse(answer) as readonly Changed[]
      return changed.map(({ userId, revision, unread }) => ({ userId, change: { kind: 'added', notification, revision, unread } }))
    },
  }
}

/** Stores a notification in a transaction, the application's or our own. */
export function addWithin(
  on: PgTransaction,
  home: string,
  tenant: string,
  users: readonly string[],
  given: NewNotification,
): Promise<readonly UserInboxChange[]> {
  const { values, changesOf } = addition(home, tenant, users, given)
  return on.ask(add, values).then(changesOf)
}

/** The inbox in PostgreSQL tables. */
export function postgresInbox({ home, database, transactions, cursors }: PostgresInboxOptions): InboxStore {
  async function change<T>(sql: string, values: readonly PgValue[]): Promise<T | null> {
    const [row] = await database.rows(sql, values)
    const answer = textOrNull(row?.answer)
    // Holds: the caller names what the function builds.
    return answer === null ? null : (JSON.parse(answer) as T)
  }
  interface OneChanged {
    readonly ids: readonly string[]
    readonly inbox: Changed
  }
  return {
    async add(tenant, userIds, given) {
      const changes: UserInboxChange[] = []
      const users = [...new Set(userIds)]
      for (let from = 0; from < users.length; from += usersPerBatch) {
        const { values, changesOf } = addition(home, tenant, users.slice(from, from + usersPerBatch), given)
        const [row] = await database.rows(add, values)
        changes.push(...changesOf(textOrNull(row?.answer)))
      }
      return changes
    },
    addWithin(tx, tenant, userIds, given) {
      return addWithin(transactions.within(tx), home, tenant, [...new Set(userIds)], given)
    },
    async list(tenant, userId, { cursor, limit, unread, type, document }) {
      const scope = { tenant, userId, unread, type, document }
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : cursors.decode(scope, cursor)
      const { where, values } = filterSql(scope)
      const count = Math.max(1, Math.min(limit, inboxPageMax))
      // One statement, one snapshot: the counts are those of the page.
      const rows = await database.rows(
        `SELECT n.*, c.unread, c.revision FROM (SELECT ${counts}) c LEFT JOIN LATERAL (
           SELECT n.seq, n.id, n.type, n.title, n.message, n.data, n.document, n.created_at, n.read_at FROM millrace.notifications n
           WHERE n.tenant = $1 AND n.user_id = $2 AND n.seq < $3${where} ORDER BY n.seq DESC LIMIT $4
         ) n ON true`,
        [tenant, userId, before, count + 1, ...values],
      )
      const found = rows.filter((row) => row.seq !== null)
      const page = found.slice(0, count)
      const last = page.at(-1)
      return {
        notifications: page.map(notificationOf),
        cursor: found.length > count && last !== undefined ? cursors.encode(scope, integer(last.seq)) : null,
        unread: integer(rows[0]?.unread),
        revision: integer(rows[0]?.revision),
      }
    },
    async mark(tenant, userId, ids, at): Promise<InboxUpdate | null> {
      const sql = 'SELECT millrace.inbox_mark($1, $2, $3::text[], $4)::text AS answer'
      const marked = await change<OneChanged>(sql, [tenant, userId, ids === 'all' ? null : ids, at])
      if (marked === null) return null
      const { revision, unread } = marked.inbox
      return { kind: 'marked', ids: ids === 'all' ? ids : marked.ids, readAt: at, revision, unread }
    },
    async delete(tenant, userId, ids) {
      const deleted = await change<OneChanged>('SELECT millrace.inbox_delete($1, $2, $3::text[])::text AS answer', [tenant, userId, ids])
      if (deleted === null) return null
      const { revision, unread } = deleted.inbox
      return { kind: 'deleted', ids: deleted.ids, revision, unread }
    },
    async count(tenant, userId) {
      const [row] = await database.rows(`SELECT ${counts}`, [tenant, userId])
      return { unread: integer(row?.unread), revision: integer(row?.revision) }
    },
    async revisions(users) {
      const rows = await database.rows(
        `SELECT coalesce(i.revision, 0) AS revision FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w(tenant, user_id, n)
         LEFT JOIN millrace.inboxes i ON i.tenant = w.tenant AND i.user_id = w.user_id ORDER BY w.n`,
        [users.map(({ tenant }) => tenant), users.map(({ userId }) => userId)],
      )
      return rows.map((row) => integer(row.revision))
    },
    async trim(time, onChange) {
      let deleted = 0
      for (;;) {
        const sql = 'SELECT millrace.inbox_trim($1, $2)::text AS answer'
        const batch = (await change<readonly (OneChanged & { readonly tenant: string })[]>(sql, [time, rowsPerBatch])) ?? []
        for (const { tenant, ids, inbox } of batch) {
          const { userId, revision, unread } = inbox
          deleted += ids.length
          onChange?.(tenant, { userId, change: { kind: 'deleted', ids, revision, unread } })
        }
        if (batch.length === 0) break
      }
      const forget = `WITH gone AS (
          DELETE FROM millrace.dedupe d WHERE (d.tenant, d.user_id, d.key) IN (
            SELECT o.tenant, o.user_id, o.key FROM millrace.dedupe o WHERE o.created_at < $1 LIMIT $2) RETURNING 1
        ) SELECT count(*) AS gone FROM gone`
      while (integer((await database.rows(forget, [time, rowsPerBatch]))[0]?.gone) > 0) {
        // Each batch is a transaction of its own.
      }
      return deleted
    },
  }
}
