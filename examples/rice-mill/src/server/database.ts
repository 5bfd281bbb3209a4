import Libsql from 'libsql'
import { schema } from './schema.ts'
import { StartError } from './start/start-error.ts'

export type Database = InstanceType<typeof Libsql>
export type SqlValue = string | number | null

const schemaVersion = 1

function describe(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code !== '' ? `${error.message}, ${String(error.code)}` : String(error)
}

/** Opens the mill's database and makes its tables. Throws a `StartError` for a file that cannot be used. */
export function openDatabase(file: string): Database {
  let db: Database | undefined
  try {
    db = new Libsql(file, { timeout: 5_000 })
    db.pragma('journal_mode = WAL')
    // FULL: what has been answered survives a power cut.
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    const check = all<{ quick_check: string }>(db, 'pragma quick_check(1)')[0]?.quick_check
    if (check !== 'ok')
      throw new StartError(
        `the database ${file} is damaged (${check?.replaceAll(/\s+/g, ' ')}): put a backup in its place, or move it away to start anew`,
      )
    migrate(db, file)
    return db
  } catch (error) {
    db?.close()
    if (error instanceof StartError) throw error
    throw new StartError(
      `the database ${file} cannot be used (${describe(error)}): put a backup in its place, or move it away to start anew`,
    )
  }
}

function migrate(db: Database, file: string): void {
  db.transaction(() => {
    const version = one<{ user_version: number }>(db, 'pragma user_version')?.user_version ?? 0
    if (version > schemaVersion) throw new StartError(`the database ${file} was written by a newer version of the mill: start that one`)
    if (version === 0) db.exec(schema)
  }).immediate()
}

/** The rows of a query. Holds by agreement: `Row` has the query's columns, as the schema declares them. */
export function all<Row>(db: Database, sql: string, ...values: readonly SqlValue[]): Row[] {
  return db.prepare(sql).all(...values) as Row[]
}

/** The first row of a query, or null. (The library's own `get` adds a field to the row.) */
export function one<Row>(db: Database, sql: string, ...values: readonly SqlValue[]): Row | null {
  return all<Row>(db, sql, ...values)[0] ?? null
}

/** Runs a statement and says how many rows it changed. */
export function run(db: Database, sql: string, ...values: readonly SqlValue[]): number {
  return db.prepare(sql).run(...values).changes
}
