import { type BigIntStats, statSync } from 'node:fs'
import { MillraceError } from '@millrace/contract'
import { type DatabaseConstructor, type DatabaseHandle, inTransaction, isDatabaseHandle, sqlOn } from './driver.ts'
import { type Sql, type SqlTransactions, text } from './port.ts'

/** The file of a handle's main database; empty for one in memory. */
export function fileOf(sql: Sql): string {
  const main = sql.all('PRAGMA database_list').find((row) => row.name === 'main')
  return text(main?.file ?? '')
}

function sameFile(path: string, stats: BigIntStats): boolean {
  const other = path === '' ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false })
  return other !== undefined && other.ino === stats.ino && other.dev === stats.dev
}

type Known = { readonly sql: Sql } | { readonly refused: string }

/**
 * Recognises the application's own handles on the store's file, whatever library they come from, as long as it is the one the
 * store uses: two copies of SQLite in one process do not see each other's locks on a file and would destroy it.
 */
export function sqlTransactions(path: string, library: DatabaseConstructor): SqlTransactions {
  const stats = statSync(path, { bigint: true })
  const known = new WeakMap<DatabaseHandle, Known>()

  function examine(handle: DatabaseHandle): Known {
    if (!(handle instanceof library))
      return {
        refused:
          'the transaction comes from another SQLite library than the store: open the store with `sqliteStore({ database })`, giving your own handle',
      }
    const sql = sqlOn(handle)
    if (!sameFile(fileOf(sql), stats)) return { refused: `the transaction is on another database than the store's "${path}"` }
    return { sql }
  }
  function resolve(tx: unknown): Known {
    if (!isDatabaseHandle(tx))
      return {
        refused:
          'this is not a SQLite transaction: pass the database handle (better-sqlite3, libsql or node:sqlite) that the transaction is on',
      }
    let found = known.get(tx)
    if (found === undefined) {
      found = examine(tx)
      known.set(tx, found)
    }
    if ('sql' in found && !inTransaction(tx))
      return { refused: 'the handle is not in a transaction: make the call between its BEGIN and COMMIT' }
    return found
  }

  return {
    accepts: (tx) => 'sql' in resolve(tx),
    within(tx) {
      const found = resolve(tx)
      if ('refused' in found) throw new MillraceError('outbox_wrong_database', found.refused)
      return found.sql
    },
  }
}
