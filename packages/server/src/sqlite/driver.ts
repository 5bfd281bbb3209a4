import { createRequire } from 'node:module'
import type { Sql, SqlRow, SqlValue } from './port.ts'

/** What better-sqlite3, libsql and node:sqlite have in common. */
export interface DatabaseHandle {
  exec(sql: string): unknown
  prepare(sql: string): StatementHandle
  close(): unknown
  /** better-sqlite3, libsql. */
  readonly inTransaction?: boolean
  /** node:sqlite, from 22.16. */
  readonly isTransaction?: boolean
}

interface StatementHandle {
  run(...values: unknown[]): { readonly changes: number | bigint }
  get(...values: unknown[]): unknown
  all(...values: unknown[]): unknown[]
}

export type DatabaseConstructor = new (path: string) => DatabaseHandle

export function isDatabaseHandle(value: unknown): value is DatabaseHandle {
  if (typeof value !== 'object' || value === null) return false
  return ['exec', 'prepare', 'close'].every((method) => method in value && typeof Reflect.get(value, method) === 'function')
}

/** The class that a handle was made by: another connection made by it shares the handle's copy of SQLite. */
export function libraryOf(handle: DatabaseHandle): DatabaseConstructor {
  // Holds: the three libraries construct a connection from a path alone.
  return handle.constructor as DatabaseConstructor
}

export type DriverName = 'node:sqlite' | 'libsql'

function nodeSqlite(): DatabaseConstructor | null {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 13)) return null
  // Holds: the module's DatabaseSync is what this interface was written from. Without the flag, some versions have no such module.
  const module = process.getBuiltinModule('node:sqlite') as { readonly DatabaseSync: DatabaseConstructor } | undefined
  return module?.DatabaseSync ?? null
}

/** The SQLite of this process: Node's own where it has one, else libsql. */
export function loadLibrary(driver?: DriverName): DatabaseConstructor {
  const own = driver === 'libsql' ? null : nodeSqlite()
  if (own !== null) return own
  if (driver === 'node:sqlite')
    throw new Error(`Node ${process.versions.node} has no node:sqlite: use 22.13 or later, or the driver "libsql"`)
  // Loaded only where it is needed, and untyped by nature; the same interface as above.
  return createRequire(import.meta.url)('libsql') as DatabaseConstructor
}

/** Whether the handle is inside a transaction. */
export function inTransaction(handle: DatabaseHandle): boolean {
  const known = handle.inTransaction ?? handle.isTransaction
  if (typeof known === 'boolean') return known
  try {
    // A deferred BEGIN takes no lock: it fails inside a transaction and nowhere else.
    handle.exec('BEGIN')
  } catch {
    return true
  }
  handle.exec('ROLLBACK')
  return false
}

/** SQL on a handle, with each statement prepared once. */
export function sqlOn(handle: DatabaseHandle): Sql {
  // libsql and better-sqlite3 take an array of values; a single null given alone would be taken for an object of named ones.
  const spread = !('inTransaction' in handle)
  const statements = new Map<string, StatementHandle>()

  function prepared(sql: string): StatementHandle {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = handle.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }
  const bound = (values: readonly SqlValue[]): unknown[] => (spread ? [...values] : [values])

  return {
    run: (sql, ...values) => Number(prepared(sql).run(...bound(values)).changes),
    // Holds: no statement is put into a mode in which rows are anything but objects.
    get: (sql, ...values) => prepared(sql).get(...bound(values)) as SqlRow | undefined,
    all: (sql, ...values) => prepared(sql).all(...bound(values)) as SqlRow[],
  }
}

export type SqliteFailure = 'busy' | 'readonly' | 'damaged' | 'cannot-open' | 'full' | 'other'

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const failures: readonly (readonly [number, string, SqliteFailure])[] = [
  [5, 'SQLITE_BUSY', 'busy'],
  [6, 'SQLITE_LOCKED', 'busy'],
  [8, 'SQLITE_READONLY', 'readonly'],
  [11, 'SQLITE_CORRUPT', 'damaged'],
  [13, 'SQLITE_FULL', 'full'],
  [14, 'SQLITE_CANTOPEN', 'cannot-open'],
  [26, 'SQLITE_NOTADB', 'damaged'],
]

/** The result code in an error of SQLite's: node:sqlite has it in `errcode`, libsql in `rawCode`, better-sqlite3 as a name in `code`. */
function resultOf(error: object): number | string | null {
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode
  if ('rawCode' in error && typeof error.rawCode === 'number') return error.rawCode
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : null
}

/** What kind of failure SQLite reports; null for an error that is not SQLite's. */
export function sqliteFailure(error: unknown): SqliteFailure | null {
  const result = typeof error === 'object' && error !== null ? resultOf(error) : null
  if (result === null) return null
  // An extended code carries the primary one in its lowest byte, and its name begins with the primary one's.
  const found = failures.find(([number, name]) => (typeof result === 'number' ? (result & 0xff) === number : result.startsWith(name)))
  return found?.[2] ?? 'other'
}
