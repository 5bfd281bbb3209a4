import { randomBytes, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { Clock } from '@millrace/contract'
import { type LogOptions, logDefaults } from '../log/port.ts'
import { systemClock } from '../node/clock.ts'
import type { Store } from '../store.ts'
import { assembleStore } from './assemble.ts'
import { type DatabaseConstructor, type DatabaseHandle, type DriverName, libraryOf, loadLibrary, sqlOn } from './driver.ts'
import { type Durability, openDatabase } from './open.ts'
import { StoreOpenError } from './open-error.ts'
import { fileOf, sqlTransactions } from './transactions.ts'

/** Where the store is: a file, or the file of a handle that the application has opened. */
export type SqliteLocation =
  | {
      /** Opened with Node's own SQLite, else libsql. */
      readonly path: string
      readonly driver?: DriverName
    }
  | {
      /**
       * A better-sqlite3, libsql or node:sqlite handle on a file. The store opens a connection of its own through the same library
       * and leaves this one alone. An application with a database of its own passes its handle: two SQLite libraries in one
       * process do not see each other's locks on a file and would destroy it.
       */
      readonly database: DatabaseHandle
    }

export interface SqliteSettings extends LogOptions {
  /** @default 'full' */
  readonly durability?: Durability
  readonly clock?: Clock
  /** Past so many waiting writes a further one is refused with `unavailable`. */
  readonly maxWaitingWrites?: number
  /** The same for the payloads that wait, in characters. */
  readonly maxWaitingBytes?: number
  /** How long writes wait for a transaction of the application's, or of another process, before they are refused with `unavailable`. */
  readonly lockTimeoutMs?: number
}

export type SqliteStoreOptions = SqliteLocation & SqliteSettings

export const sqliteDefaults = {
  ...logDefaults,
  durability: 'full',
  maxWaitingWrites: 20_000,
  maxWaitingBytes: 67_108_864,
  lockTimeoutMs: 30_000,
} as const satisfies SqliteSettings

function locate(options: SqliteLocation): { readonly path: string; readonly library: DatabaseConstructor } {
  if ('path' in options) {
    if (options.path === '' || options.path === ':memory:')
      throw new StoreOpenError(options.path, 'a store needs a file: for one in memory use memoryStore()')
    return { path: resolve(options.path), library: loadLibrary(options.driver) }
  }
  let file: string
  try {
    file = fileOf(sqlOn(options.database))
  } catch (error) {
    throw new StoreOpenError(
      '',
      'the `database` is closed or is no synchronous SQLite handle: pass an open better-sqlite3, libsql or node:sqlite one',
      { cause: error },
    )
  }
  if (file === '')
    throw new StoreOpenError('', 'the `database` has no file, and a store needs one: open it with a path, or use memoryStore()')
  return { path: file, library: libraryOf(options.database) }
}

/**
 * Log, outbox, inbox and alerts in one SQLite file, which may be the application's own: the tables' names begin with `millrace_`.
 * Several processes of one machine may share the file. Throws `StoreOpenError`, whose message is one line, where it cannot be opened.
 *
 * Restored and lost databases are noticed by `PATH.epoch`, which is kept beside the file and must not be part of its backups (LOG6).
 * To restore one, stop every process that has it open and remove `PATH-wal` and `PATH-shm` with it. What cannot be noticed: a
 * restore of the file together with its `.epoch`, and one under a running process; of those, only positions past the head show.
 */
export function sqliteStore(options: SqliteStoreOptions): Store {
  const settings = { ...sqliteDefaults, clock: systemClock, ...options }
  const { path, library } = locate(options)
  const opened = openDatabase({
    ...{ path, library, durability: settings.durability },
    newId: () => randomUUID(),
    newSecret: () => randomBytes(32).toString('base64url'),
  })
  return assembleStore(opened, { ...settings, transactions: sqlTransactions(path, library) })
}
