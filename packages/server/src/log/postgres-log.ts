import type { Position } from '@millrace/contract'
import { integer, type PgDatabase, type PgRow, type PgWriter, text, textOrNull } from '../postgres/port.ts'
import { assertPayloadFits } from './payload.ts'
import { type LoggedPublication, type PublicationLog, retainedMax, type StoredPublication } from './port.ts'
import { changesSince } from './postgres-changes.ts'
import { trimLog } from './postgres-trim.ts'
import { gapAfter } from './tail.ts'

export interface PostgresLogOptions {
  readonly database: PgDatabase
  readonly writer: PgWriter
  readonly payloadMaxBytes: number
  readonly idempotencyWindowMs: number
}

function publicationOf(row: PgRow): StoredPublication {
  const publication = { event: text(row.event), json: text(row.json), id: text(row.id), time: integer(row.time) }
  const actorId = textOrNull(row.actor_id)
  if (actorId === null) return publication
  const name = textOrNull(row.actor_name)
  return { ...publication, actor: name === null ? { id: actorId } : { id: actorId, name } }
}

const head = `SELECT m.epoch, c.id AS channel, coalesce(
    (SELECT l."offset" FROM millrace.log l WHERE l.channel = c.id ORDER BY l."offset" DESC LIMIT 1), c.first - 1, 0) AS head
  FROM millrace.meta m LEFT JOIN millrace.channels c ON c.key = $1`

const heads = `SELECT m.epoch, coalesce(
    (SELECT l."offset" FROM millrace.log l WHERE l.channel = c.id ORDER BY l."offset" DESC LIMIT 1), c.first - 1, 0) AS head,
    coalesce((SELECT max(r.seq) FROM millrace.retained r WHERE r.channel = c.id), 0) AS revision
  FROM millrace.meta m CROSS JOIN unnest($1::text[]) WITH ORDINALITY AS w(key, n) LEFT JOIN millrace.channels c ON c.key = w.key ORDER BY w.n`

function headOf(row: PgRow | undefined): Position {
  return { epoch: text(row?.epoch), offset: integer(row?.head) }
}

/** The log in PostgreSQL tables. Its epoch is read with every answer: it changes under a node when the database is another one. */
export function postgresLog({ database, writer, payloadMaxBytes, idempotencyWindowMs }: PostgresLogOptions): PublicationLog {
  return {
    async append(channel, { event, json, id, time, actor }, { idempotencyKey } = {}) {
      assertPayloadFits(json, payloadMaxBytes)
      const { epoch, offset, duplicate } = await writer.store({
        ...{ channel, event, json, id, time, durable: true, idempotencyKey },
        ...(actor && { actor }),
      })
      return { position: { epoch, offset }, duplicate }
    },
    async head(channel) {
      const [row] = await database.rows(head, [channel])
      return headOf(row)
    },
    async heads(channels) {
      const rows = await database.rows(heads, [channels])
      return rows.map((row) => ({ position: headOf(row), revision: integer(row.revision) }))
    },
    changes: (mark) => changesSince(database, mark),
    async read(channel, since, limit) {
      // One statement is one snapshot: what retention cuts meanwhile is still there, or is a gap.
      const rows = await database.rows(
        `WITH tail AS MATERIALIZED (${head})
         SELECT t.epoch, t.head, l."offset", l.event, l.json, l.id, l.time, l.actor_id, l.actor_name FROM tail t LEFT JOIN LATERAL (
           SELECT * FROM millrace.log l WHERE l.channel = t.channel AND l."offset" > $2 ORDER BY l."offset" LIMIT $3
         ) l ON true`,
        [channel, Number.isSafeInteger(since.offset) ? since.offset : -1, Math.max(1, limit)],
      )
      const position = headOf(rows[0])
      const publications: readonly LoggedPublication[] = rows
        .filter((row) => row.offset !== null)
        .map((row) => ({ ...publicationOf(row), offset: integer(row.offset) }))
      const first = publications[0]?.offset ?? position.offset + 1
      const why = gapAfter({ epoch: position.epoch, first, head: position.offset }, since)
      return why === null ? { kind: 'page', publications, head: position } : { kind: 'gap', why, head: position }
    },
    async retain(channel, key, { event, json, id, time, actor }) {
      assertPayloadFits(json, payloadMaxBytes)
      const { revision } = await writer.store({ channel, event, json, id, time, key, durable: false, ...(actor && { actor }) })
      return revision
    },
    async retained(channel) {
      const rows = await database.rows(
        `SELECT r.* FROM (
           SELECT r.event, r.key, r.seq, r.json, r.id, r.time, r.actor_id, r.actor_name
           FROM millrace.retained r JOIN millrace.channels c ON c.id = r.channel WHERE c.key = $1 ORDER BY r.seq DESC LIMIT $2
         ) r ORDER BY r.seq`,
        [channel, retainedMax],
      )
      return rows.map((row) => ({ ...publicationOf(row), key: text(row.key), revision: integer(row.seq) }))
    },
    trim: (retentionOf, now) => trimLog(database, retentionOf, now, now - idempotencyWindowMs),
  }
}
