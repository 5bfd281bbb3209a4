import type { Clock } from '@millrace/contract'
import type { SqlStore } from '../sqlite/port.ts'
import type { LeaseStore } from './port.ts'

/** Leases in a SQLite table, among the processes that share its file. */
export function sqliteLeases(store: SqlStore, clock: Clock): LeaseStore {
  return {
    acquire: (name, holder, ttlMs) =>
      store.write(
        (sql) => {
          const now = clock.now()
          const taken = sql.run(
            `INSERT INTO millrace_leases (name, holder, until) VALUES (?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE millrace_leases.holder = excluded.holder OR millrace_leases.until <= ?`,
            name,
            holder,
            now + ttlMs,
            now,
          )
          return taken > 0
        },
        { atomic: true },
      ),
    release: (name, holder) =>
      store.write((sql) => void sql.run('DELETE FROM millrace_leases WHERE name = ? AND holder = ?', name, holder), { atomic: true }),
  }
}
