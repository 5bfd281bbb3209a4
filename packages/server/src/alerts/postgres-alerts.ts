import { MillraceError } from '@millrace/contract'
import { type PgDatabase, type PgTransaction, type PgTransactions, textOrNull } from '../postgres/port.ts'
import type { AlertLevel } from './decision.ts'
import type { AlertStore, AlertSwap } from './port.ts'

async function swapIn(
  { ask }: PgTransaction,
  home: string,
  tenant: string,
  key: string,
  decide: (before: AlertLevel) => AlertLevel,
): Promise<AlertSwap> {
  const found = await ask('SELECT millrace.alert_level($1, $2, $3) AS answer', [home, tenant, key])
  if (found === null) throw new MillraceError('outbox_wrong_database', 'the transaction is on another database than the store')
  // Holds: only levels are written to this column.
  const before = found as AlertLevel
  const after = decide(before)
  // Most readings change nothing, and then nothing is written.
  if (after !== before) await ask('SELECT millrace.set_alert_level($1, $2, $3)::text AS answer', [tenant, key, after])
  return { before, after }
}

/** Levels in a PostgreSQL table: one answer per crossing, however many nodes watch. */
export function postgresAlerts(home: string, database: PgDatabase, transactions: PgTransactions): AlertStore {
  return {
    swap: (tenant, key, decide) =>
      database.transact((sql) => {
        const ask: PgTransaction['ask'] = async (statement, values) => textOrNull((await sql.rows(statement, values))[0]?.answer)
        return swapIn({ ask }, home, tenant, key, decide)
      }),
    swapWithin: (tx, tenant, key, decide) => swapIn(transactions.within(tx), home, tenant, key, decide),
  }
}
