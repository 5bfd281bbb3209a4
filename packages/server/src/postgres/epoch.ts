import type { PgSql } from './port.ts'

/**
 * Which database this is: cluster, timeline, database, table. A restore to a point in time and the promotion of a standby begin a
 * timeline; a dump that is read back makes another table. Fails on a standby, whose rows nobody may rely on yet.
 */
const identity = `(SELECT system_identifier FROM pg_control_system()) || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || ' ' ||
  (SELECT oid FROM pg_database WHERE datname = current_database()) || ' ' || 'millrace.log'::regclass::oid`

/** Revisions begin above all that an earlier epoch can have given: nobody retains a value each microsecond. */
export const raiseRevisions = `setval('millrace.retained_seq', greatest(
  (SELECT s.last_value FROM millrace.retained_seq s), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))`

const settle = `
  WITH here AS MATERIALIZED (SELECT ${identity} AS identity, u.id AS run FROM millrace.unbroken u), begun AS (
    UPDATE millrace.meta m SET epoch = gen_random_uuid()::text, identity = h.identity, run = h.run FROM here h
    WHERE m.identity <> h.identity OR (m.relaxed AND m.run <> h.run)
    RETURNING ${raiseRevisions}
  ), forgotten AS (
    UPDATE millrace.forgotten SET until = pg_current_snapshot(), next = pg_current_snapshot() WHERE EXISTS (SELECT FROM begun) RETURNING 1
  ), changes AS (
    DELETE FROM millrace.changes WHERE EXISTS (SELECT FROM forgotten)
  )
  UPDATE millrace.moved SET seen = '1:1:' WHERE EXISTS (SELECT FROM begun)`

/**
 * Begins another epoch where this is not the database that the epoch was begun in, or where it may lack what was acknowledged (LOG6). Runs on each
 * new connection: whatever replaces a database ends the connections to it. Transaction ids may begin anew there too, so all of the outbox is
 * looked at again. `relaxed`: from now on commits are acknowledged before they are on the disk.
 */
export async function settleEpoch(sql: PgSql, { relaxed }: { readonly relaxed: boolean }): Promise<void> {
  // Fails on a standby as it should, and not for the table that is not there.
  await sql.rows(`SELECT ${identity}`)
  await sql.rows('INSERT INTO millrace.unbroken (id) VALUES (gen_random_uuid()::text) ON CONFLICT DO NOTHING')
  await sql.rows(settle)
  if (relaxed) await sql.rows('UPDATE millrace.meta m SET relaxed = true, run = u.id FROM millrace.unbroken u WHERE NOT m.relaxed')
}
