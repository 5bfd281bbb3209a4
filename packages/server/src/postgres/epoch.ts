import type { PgSql } from './port.ts'

/**
 * Which database this is: cluster, timeline, database, table. A restore to a point in time and the promotion of a standby begin a
 * timeline; a dump that is read back makes another table. Fails on a standby, whose rows nobody may rely on yet.
 */
const identity = `(SELECT system_identifier FROM pg_control_system()) || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || ' ' ||
  (SELECT oid FROM pg_database WHERE datname = current_database()) || ' ' || 'millrace.log'::regclass::oid`

/**
 * Begins another epoch where this is not the database that the epoch was begun in (LOG6). Runs on each new connection: whatever replaces
 * a database ends the connections to it. Transaction ids may begin anew there too, so all of the outbox is looked at again.
 */
export async function settleEpoch(sql: PgSql): Promise<void> {
  await sql.rows(`
    WITH here AS MATERIALIZED (SELECT ${identity} AS identity), begun AS (
      UPDATE millrace.meta m SET epoch = gen_random_uuid()::text, identity = h.identity FROM here h WHERE m.identity <> h.identity RETURNING 1
    ), forgotten AS (
      UPDATE millrace.forgotten SET until = pg_current_snapshot(), next = pg_current_snapshot() WHERE EXISTS (SELECT FROM begun) RETURNING 1
    ), changes AS (
      DELETE FROM millrace.changes WHERE EXISTS (SELECT FROM forgotten)
    )
    UPDATE millrace.moved SET seen = '1:1:' WHERE EXISTS (SELECT FROM begun)`)
}
