import type { ChannelKey } from '../channel-key.ts'
import { integer, type PgDatabase, text } from '../postgres/port.ts'
import { changesMax, type LogChanges, type LogHead } from './port.ts'

/**
 * A mark is an epoch and a snapshot. What it lacks is still there where nothing of that is among what may have been forgotten; a snapshot that
 * is ahead of the server is another server's.
 */
const statement = `
  WITH here AS MATERIALIZED (
    SELECT m.epoch, m.epoch = $1 AND pg_snapshot_xmax($2::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
      AND pg_snapshot_xmax(f.until) <= pg_snapshot_xmax($2::pg_snapshot)
      AND NOT EXISTS (SELECT FROM pg_snapshot_xip($2::pg_snapshot) AS x(xid) WHERE pg_visible_in_snapshot(x.xid, f.until)) AS known
    FROM millrace.meta m, millrace.forgotten f
  ), changed AS MATERIALIZED (
    SELECT c.channel, max(c."offset") AS head, max(c.revision) AS revision FROM millrace.changes c
    WHERE (SELECT h.known FROM here h)
      AND (c.xid >= pg_snapshot_xmax($2::pg_snapshot) OR c.xid = ANY (ARRAY(SELECT pg_snapshot_xip($2::pg_snapshot))))
    GROUP BY c.channel LIMIT ${changesMax + 1}
  )
  SELECT h.epoch, h.known, pg_current_snapshot()::text AS seen, k.key, c.head, c.revision
  FROM here h LEFT JOIN (changed c JOIN millrace.channels k ON k.id = c.channel) ON true`

// Before the first: nothing is known since.
const noMark = ['', '1:1:']

/** What has become visible since the mark's snapshot: by transaction, as in the outbox, so that nothing is left out that commits late. */
export async function changesSince(database: PgDatabase, mark: string | null): Promise<LogChanges> {
  const [epoch = '', seen = ''] = mark === null ? noMark : mark.split(' ')
  const rows = await database.rows(statement, [epoch, seen])
  const [first] = rows
  const now = text(first?.epoch)
  const next = `${now} ${text(first?.seen)}`
  if (first?.known !== true || rows.length > changesMax) return { mark: next, heads: null }
  const heads = new Map<ChannelKey, LogHead>()
  // Holds: only channel keys are written to this column.
  for (const { key, head, revision } of rows)
    if (key !== null) heads.set(text(key) as ChannelKey, { position: { epoch: now, offset: integer(head) }, revision: integer(revision) })
  return { mark: next, heads }
}

/** Forgets changes that every node has heard of long ago; a node that has not compares all its channels. */
export async function forgetChanges(database: PgDatabase): Promise<void> {
  await database.rows('SELECT millrace.forget_changes()')
}
