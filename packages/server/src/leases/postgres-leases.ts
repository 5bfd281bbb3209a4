import type { PgDatabase } from '../postgres/port.ts'
import type { LeaseStore } from './port.ts'

// By the server's clock, and after the row's lock was waited for: nodes' clocks may differ.
const acquire = `
  INSERT INTO millrace.leases AS l (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3::float8 * interval '1 ms')
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = clock_timestamp() + $3::float8 * interval '1 ms'
  WHERE l.holder = excluded.holder OR l.until <= clock_timestamp()
  RETURNING 1`

/** Leases in a PostgreSQL table, among the nodes that share the database. */
export function postgresLeases(database: PgDatabase): LeaseStore {
  return {
    async acquire(name, holder, ttlMs) {
      return (await database.rows(acquire, [name, holder, ttlMs])).length > 0
    },
    async release(name, holder) {
      await database.rows('DELETE FROM millrace.leases WHERE name = $1 AND holder = $2', [name, holder])
    },
  }
}
