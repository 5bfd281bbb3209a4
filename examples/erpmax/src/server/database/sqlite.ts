import Libsql from 'libsql'
import type { Database, Sql, SqlValue, Transaction } from './port.ts'

type Handle = InstanceType<typeof Libsql>

export interface SqliteDatabase extends Database {
  /** For the store, which keeps its tables in the same file. */
  readonly handle: Handle
}

/** One connection, one transaction at a time: who comes meanwhile waits for its end, so that no statement gets into another's transaction. */
export function sqliteDatabase(file: string): SqliteDatabase {
  const handle = new Libsql(file, { timeout: 5_000 })
  handle.exec('pragma journal_mode = WAL; pragma synchronous = FULL; pragma foreign_keys = ON')
  const sql: Sql = {
    rows: async <Row>(text: string, ...values: readonly SqlValue[]) => handle.prepare(text).all(...values) as Row[],
    run: async (text, ...values) => handle.prepare(text).run(...values).changes,
  }
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
  function transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return inTurn(async () => {
      handle.exec('begin immediate')
      try {
        const result = await work({ ...sql, tx: handle })
        handle.exec('commit')
        return result
      } catch (error) {
        if (handle.inTransaction) handle.exec('rollback')
        throw error
      }
    })
  }
  return {
    handle,
    transact,
    prepare: transact,
    rows: (text, ...values) => inTurn(() => sql.rows(text, ...values)),
    run: (text, ...values) => inTurn(() => sql.run(text, ...values)),
    async close() {
      await last
      handle.close()
    },
  }
}
