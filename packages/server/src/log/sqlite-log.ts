import type { Clock, Position, Retention } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import { integer, type Sql, type SqlRow, type SqlStore, text, textOrNull } from '../sqlite/port.ts'
import { assertPayloadFits } from './payload.ts'
import { type LogHead, type LogOptions, logDefaults, type PublicationLog, retainedMax, type StoredPublication } from './port.ts'
import type { LogTables } from './sqlite-tables.ts'
import { trimLog } from './sqlite-trim.ts'
import { gapAfter, type LogTail } from './tail.ts'

export interface SqliteLogOptions extends LogOptions {
  readonly store: SqlStore
  readonly tables: LogTables
  readonly clock: Clock
}

function publicationOf(row: SqlRow): StoredPublication {
  const publication = { event: text(row.event), json: text(row.json), id: text(row.id), time: integer(row.time) }
  const actorId = textOrNull(row.actor_id)
  if (actorId === null) return publication
  const name = textOrNull(row.actor_name)
  return { ...publication, actor: name === null ? { id: actorId } : { id: actorId, name } }
}

/** The offset that a key has given within its window, else null. */
function seenOffset(sql: Sql, channelId: number, key: string, since: number): number | null {
  const row = sql.get('SELECT offset FROM millrace_keys WHERE channel = ? AND key = ? AND at > ?', channelId, key, since)
  return row === undefined ? null : integer(row.offset)
}

/** The log in SQLite tables. */
export function sqliteLog({ store, tables, clock, ...options }: SqliteLogOptions): PublicationLog {
  const { idempotencyWindowMs, payloadMaxBytes } = { ...logDefaults, ...options }
  let knownEpoch = ''

  function tailOf(sql: Sql, channel: ChannelKey): LogTail & { readonly id: number } {
    const row = sql.get('SELECT m.epoch, c.id, c.first, c.head FROM millrace_meta m LEFT JOIN millrace_channels c ON c.key = ?', channel)
    const { id, first, head } = row ?? {}
    const epoch = text(row?.epoch)
    // Every open channel keeps its position: one text for all of them.
    if (epoch !== knownEpoch) knownEpoch = epoch
    return { epoch: knownEpoch, id: integer(id ?? 0), first: integer(first ?? 1), head: integer(head ?? 0) }
  }

  function headOf(sql: Sql, channel: ChannelKey): LogHead {
    const { epoch, head, id } = tailOf(sql, channel)
    const newest = id === 0 ? undefined : sql.get('SELECT max(seq) AS revision FROM millrace_retained WHERE channel = ?', id)
    return { position: { epoch, offset: head }, revision: integer(newest?.revision ?? 0) }
  }

  function appendOnce(sql: Sql, channel: ChannelKey, publication: StoredPublication, key: string) {
    const now = clock.now()
    const id = tables.channelId(channel)
    const seen = seenOffset(sql, id, key, now - idempotencyWindowMs)
    if (seen !== null) return { position: { epoch: tables.epoch, offset: seen }, duplicate: true }
    // The key first: an append that was undone after it has counted would leave a hole.
    sql.run('INSERT OR REPLACE INTO millrace_keys (channel, key, offset, at) VALUES (?, ?, ?, ?)', id, key, tables.nextOffset(channel), now)
    return { position: { epoch: tables.epoch, offset: tables.append(channel, publication) }, duplicate: false }
  }

  return {
    async append(channel, publication, { idempotencyKey } = {}) {
      assertPayloadFits(publication.json, payloadMaxBytes)
      const bytes = publication.json.length
      if (idempotencyKey !== undefined) return store.write((sql) => appendOnce(sql, channel, publication, idempotencyKey), { bytes })
      return store.write(() => ({ position: { epoch: tables.epoch, offset: tables.append(channel, publication) }, duplicate: false }), {
        atomic: true,
        bytes,
      })
    },
    head: (channel) =>
      store.read(
        (sql): Position => {
          const { epoch, head } = tailOf(sql, channel)
          return { epoch, offset: head }
        },
        { single: true },
      ),
    heads: (channels) => store.read((sql) => channels.map((channel) => headOf(sql, channel))),
    changes: (mark) =>
      store.read(
        (sql) => {
          const row = sql.get('SELECT epoch, commits, (SELECT max(seq) FROM millrace_retained) AS revision FROM millrace_meta')
          const now = JSON.stringify([row?.epoch, row?.commits, row?.revision])
          return { mark: now, heads: now === mark ? new Map() : null }
        },
        { single: true },
      ),
    read: (channel, since, limit) =>
      store.read((sql) => {
        const tail = tailOf(sql, channel)
        const head = { epoch: tail.epoch, offset: tail.head }
        const why = gapAfter(tail, since)
        if (why !== null) return { kind: 'gap', why, head }
        const rows = sql.all(
          'SELECT offset, event, json, id, time, actor_id, actor_name FROM millrace_log WHERE channel = ? AND offset > ? ORDER BY offset LIMIT ?',
          tail.id,
          since.offset,
          limit,
        )
        return { kind: 'page', publications: rows.map((row) => ({ ...publicationOf(row), offset: integer(row.offset) })), head }
      }),
    async retain(channel, key, publication) {
      assertPayloadFits(publication.json, payloadMaxBytes)
      return store.write(() => tables.retain(channel, key, publication), { atomic: true, bytes: publication.json.length })
    },
    retained: (channel) =>
      store.read((sql) => {
        const rows = sql.all(
          'SELECT * FROM (SELECT * FROM millrace_retained WHERE channel = ? ORDER BY seq DESC LIMIT ?) ORDER BY seq',
          tailOf(sql, channel).id,
          retainedMax,
        )
        return rows.map((row) => ({ ...publicationOf(row), key: text(row.key), revision: integer(row.seq) }))
      }),
    trim: (retentionOf: (channel: ChannelKey) => Retention, now: number) => trimLog(store, retentionOf, now, now - idempotencyWindowMs),
  }
}
