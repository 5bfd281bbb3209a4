import type { Retention } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import { integer, type Sql, type SqlStore, text } from '../sqlite/port.ts'
import { retainedMax } from './port.ts'

// Small enough that a batch holds up the event loop for a few milliseconds.
const rowsPerBatch = 500
const channelsPerBatch = 200

interface Candidate {
  readonly id: number
  readonly key: ChannelKey
  readonly publications: number
  /** Time of the oldest publication; null where none is kept. */
  readonly oldest: number | null
  readonly retained: number
}

function candidatesAfter(sql: Sql, id: number): readonly Candidate[] {
  const rows = sql.all(
    `SELECT c.id, c.key, c.head - c.first + 1 AS publications, l.time AS oldest,
       (SELECT count(*) FROM millrace_retained r WHERE r.channel = c.id) AS retained
     FROM millrace_channels c LEFT JOIN millrace_log l ON l.channel = c.id AND l.offset = c.first
     WHERE c.id > ? ORDER BY c.id LIMIT ?`,
    id,
    channelsPerBatch,
  )
  return rows.map((row) => ({
    id: integer(row.id),
    // Holds: only channel keys are written to this column.
    key: text(row.key) as ChannelKey,
    publications: integer(row.publications),
    oldest: row.oldest === null ? null : integer(row.oldest),
    retained: integer(row.retained),
  }))
}

/** Cuts one batch from the beginning of a channel's log. A prefix only: what follows a younger publication stays with it. */
function cutBatch(
  sql: Sql,
  channelId: number,
  { maxAgeMs, maxCount }: Retention,
  now: number,
): { readonly cut: number; readonly more: boolean } {
  const head = integer(sql.get('SELECT head FROM millrace_channels WHERE id = ?', channelId)?.head)
  const rows = sql.all('SELECT offset, time FROM millrace_log WHERE channel = ? ORDER BY offset LIMIT ?', channelId, rowsPerBatch)
  const kept = rows.findIndex((row) => integer(row.offset) > head - maxCount && integer(row.time) >= now - maxAgeMs)
  const cut = kept === -1 ? rows.length : kept
  const last = rows[cut - 1]
  if (last === undefined) return { cut: 0, more: false }
  sql.run('DELETE FROM millrace_log WHERE channel = ? AND offset <= ?', channelId, integer(last.offset))
  sql.run('UPDATE millrace_channels SET first = ? WHERE id = ?', integer(last.offset) + 1, channelId)
  return { cut, more: cut === rowsPerBatch }
}

async function untilFewer(store: SqlStore, batch: (sql: Sql) => number): Promise<void> {
  while ((await store.write(batch)) >= rowsPerBatch) {
    // Each batch is a transaction of its own, and others run between two.
  }
}

/** Cuts what is past its retention, channel by channel, in batches. */
export async function trimLog(
  store: SqlStore,
  retentionOf: (channel: ChannelKey) => Retention,
  now: number,
  keysUntil: number,
): Promise<{ readonly publications: number }> {
  let publications = 0
  let channels = await store.read((sql) => candidatesAfter(sql, 0))
  while (channels.length > 0) {
    for (const channel of channels) {
      const retention = retentionOf(channel.key)
      let more = channel.publications > retention.maxCount || (channel.oldest !== null && channel.oldest < now - retention.maxAgeMs)
      while (more) {
        const batch = await store.write((sql) => cutBatch(sql, channel.id, retention, now))
        publications += batch.cut
        more = batch.more
      }
      if (channel.retained > retainedMax)
        await untilFewer(store, (sql) =>
          sql.run(
            'DELETE FROM millrace_retained WHERE seq IN (SELECT seq FROM millrace_retained WHERE channel = ? ORDER BY seq DESC LIMIT ? OFFSET ?)',
            channel.id,
            rowsPerBatch,
            retainedMax,
          ),
        )
    }
    const last = channels.at(-1)?.id ?? 0
    // Through a write, which gives the event loop its turn.
    channels = await store.write((sql) => candidatesAfter(sql, last), { atomic: true })
  }
  await untilFewer(store, (sql) =>
    sql.run(
      'DELETE FROM millrace_keys WHERE (channel, key) IN (SELECT channel, key FROM millrace_keys WHERE at <= ? LIMIT ?)',
      keysUntil,
      rowsPerBatch,
    ),
  )
  return { publications }
}
