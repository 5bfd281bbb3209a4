import { type Sql, type SqlStore, type SqlTransactions, text } from '../sqlite/port.ts'
import type { AlertLevel } from './decision.ts'
import type { AlertStore, AlertSwap } from './port.ts'

function swapRow(sql: Sql, tenant: string, key: string, decide: (before: AlertLevel) => AlertLevel): AlertSwap {
  const row = sql.get('SELECT level FROM millrace_alerts WHERE tenant = ? AND key = ?', tenant, key)
  // Holds: only levels are written to this column.
  const before = text(row?.level ?? 'ok') as AlertLevel
  const after = decide(before)
  // Most readings change nothing, and then nothing is written.
  if (after === before) return { before, after }
  if (after === 'ok') sql.run('DELETE FROM millrace_alerts WHERE tenant = ? AND key = ?', tenant, key)
  else sql.run('INSERT OR REPLACE INTO millrace_alerts (tenant, key, level) VALUES (?, ?, ?)', tenant, key, after)
  return { before, after }
}

/** Levels in a SQLite table: one answer per crossing, however many processes watch. */
export function sqliteAlerts(store: SqlStore, transactions: SqlTransactions): AlertStore {
  return {
    swap: (tenant, key, decide) => store.write((sql) => swapRow(sql, tenant, key, decide)),
    swapWithin: (tx, tenant, key, decide) => swapRow(transactions.within(tx), tenant, key, decide),
  }
}
