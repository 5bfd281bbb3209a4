import type { Retention } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import { advisoryLocks, integer, type PgDatabase, text } from '../postgres/port.ts'
import { retainedMax } from './port.ts'
import { forgetChanges } from './postgres-changes.ts'

// Small enough that a batch is done within a few milliseconds.
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

async function candidatesAfter(database: PgDatabase, id: number): Promise<readonly Candidate[]> {
  const rows = await database.rows(
    `SELECT c.id, c.key, coalesce(newest."offset" - oldest."offset" + 1, 0) AS publications, oldest.time AS oldest,
       (SELECT count(*) FROM millrace.retained r WHERE r.channel = c.id) AS retained
     FROM (SELECT id, key FROM millrace.channels WHERE id > $1 ORDER BY id LIMIT $2) c
     LEFT JOIN LATERAL (SELECT l."offset", l.time FROM millrace.log l WHERE l.channel = c.id ORDER BY l."offset" LIMIT 1) oldest ON true
     LEFT JOIN LATERAL (SELECT l."offset" FROM millrace.log l WHERE l.channel = c.id ORDER BY l."offset" DESC LIMIT 1) newest ON true
     ORDER BY c.id`,
    [id, channelsPerBatch],
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

/**
 * Cuts one batch from the beginning of a channel's log. A prefix only: what follows a younger publication stays with it. The channel's
 * row is written where nothing is left, so appends wait for a batch only there.
 */
async function cutBatch(database: PgDatabase, channelId: number, { maxAgeMs, maxCount }: Retention, now: number): Promise<number> {
  const [row] = await database.rows(
    `WITH turn AS MATERIALIZED (
       SELECT pg_try_advisory_xact_lock(${advisoryLocks.trim}) AS ours
     ), head AS MATERIALIZED (
       SELECT l."offset" FROM millrace.log l WHERE l.channel = $1 ORDER BY l."offset" DESC LIMIT 1
     ), batch AS MATERIALIZED (
       SELECT l."offset", l.time FROM millrace.log l WHERE l.channel = $1 AND (SELECT t.ours FROM turn t) ORDER BY l."offset" LIMIT $4
     ), kept AS (
       SELECT min(b."offset") AS "offset" FROM batch b, head h WHERE b."offset" > h."offset" - $2::bigint AND b.time >= $3::bigint
     ), cut AS MATERIALIZED (
       SELECT b."offset" FROM batch b, kept k WHERE k."offset" IS NULL OR b."offset" < k."offset"
     ), bare AS (
       UPDATE millrace.channels c SET first = h."offset" + 1 FROM head h
       WHERE c.id = $1 AND EXISTS (SELECT FROM cut WHERE cut."offset" = h."offset") RETURNING 1
     ), gone AS (
       DELETE FROM millrace.log l USING cut WHERE l.channel = $1 AND l."offset" = cut."offset" RETURNING 1
     )
     SELECT (SELECT count(*) FROM gone) AS cut, (SELECT count(*) FROM bare) AS bare`,
    [channelId, Math.min(maxCount, Number.MAX_SAFE_INTEGER), Math.max(now - maxAgeMs, 0), rowsPerBatch],
  )
  return integer(row?.cut)
}

async function untilFewer(database: PgDatabase, sql: string, values: readonly number[]): Promise<void> {
  for (;;) {
    const [row] = await database.rows(`WITH gone AS (${sql} RETURNING 1) SELECT count(*) AS gone FROM gone`, [...values, rowsPerBatch])
    if (integer(row?.gone) < rowsPerBatch) return
  }
}

/** Cuts what is past its retention, channel by channel, each batch a transaction of its own. Where another node is at it, that one does it. */
export async function trimLog(
  database: PgDatabase,
  retentionOf: (channel: ChannelKey) => Retention,
  now: number,
  keysUntil: number,
): Promise<{ readonly publications: number }> {
  let publications = 0
  let channels = await candidatesAfter(database, 0)
  while (channels.length > 0) {
    for (const channel of channels) {
      const retention = retentionOf(channel.key)
      let more = channel.publications > retention.maxCount || (channel.oldest !== null && channel.oldest < now - retention.maxAgeMs)
      while (more) {
        const cut = await cutBatch(database, channel.id, retention, now)
        publications += cut
        more = cut === rowsPerBatch
      }
      if (channel.retained > retainedMax)
        await untilFewer(
          database,
          `DELETE FROM millrace.retained r WHERE r.channel = $1 AND r.seq IN (
             SELECT o.seq FROM millrace.retained o WHERE o.channel = $1 ORDER BY o.seq DESC OFFSET $2 LIMIT $3)`,
          [channel.id, retainedMax],
        )
    }
    channels = await candidatesAfter(database, channels.at(-1)?.id ?? 0)
  }
  await untilFewer(
    database,
    'DELETE FROM millrace.keys k WHERE (k.channel, k.key) IN (SELECT o.channel, o.key FROM millrace.keys o WHERE o.at <= $1 LIMIT $2)',
    [keysUntil],
  )
  await forgetChanges(database)
  return { publications }
}
