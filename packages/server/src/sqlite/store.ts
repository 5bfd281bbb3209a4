import { randomBytes, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { Clock } from '@millrace/contract'
import { sqliteAlerts } from '../alerts/sqlite-alerts.ts'
import { cursorCodec } from '../inbox/cursor.ts'
import { sqliteInbox } from '../inbox/sqlite-inbox.ts'
import { assertPayloadFits } from '../log/payload.ts'
import { type LogOptions, logDefaults } from '../log/port.ts'
import { sqliteLog } from '../log/sqlite-log.ts'
import { LogTables } from '../log/sqlite-tables.ts'
import { systemClock } from '../node/clock.ts'
import { holdProcess, nextTurn } from '../node/turn.ts'
import { SqliteOutbox } from '../outbox/sqlite-outbox.ts'
import type { Store } from '../store.ts'
import { type DatabaseConstructor, type DatabaseHandle, type DriverName, libraryOf, loadLibrary, sqlOn } from './driver.ts'
import { type Durability, openDatabase } from './open.ts'
import { StoreOpenError } from './open-error.ts'
import type { Sql } from './port.ts'
import type { Sidecar } from './sidecar.ts'
import { fileOf, sqlTransactions } from './transactions.ts'
import { SqliteWriter, type WriterHooks } from './writer.ts'

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

function hooksOf(tables: LogTables, outbox: SqliteOutbox, sidecar: Sidecar, sql: Sql): WriterHooks {
  let logged = false
  return {
    begun() {
      tables.begin()
      return outbox.move(sql)
    },
    undone: () => tables.forgetUnused(),
    committing() {
      logged = tables.finish()
    },
    committed() {
      try {
        if (logged) sidecar.write({ epoch: tables.epoch, commits: tables.commits })
      } catch {
        // The commit stands. A mark that is behind makes a restored database harder to notice, and a sound one is never taken for one.
      }
      outbox.deliver()
    },
    rolledBack() {
      tables.forget()
      outbox.discard()
    },
  }
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
  const { durability, maxWaitingWrites, maxWaitingBytes, lockTimeoutMs, payloadMaxBytes, idempotencyWindowMs } = {
    ...sqliteDefaults,
    ...options,
  }
  const clock = options.clock ?? systemClock
  const { path, library } = locate(options)
  const { handle, sidecar, secret } = openDatabase({
    ...{ path, library, durability },
    newId: () => randomUUID(),
    newSecret: () => randomBytes(32).toString('base64url'),
  })
  const transactions = sqlTransactions(path, library)
  const sql = sqlOn(handle)
  const tables = new LogTables(sql)
  const outbox = new SqliteOutbox({ target: tables, transactions, clock, assertFits: (json) => assertPayloadFits(json, payloadMaxBytes) })
  const writer = new SqliteWriter(
    { ...{ handle, sql, clock, nextTurn, holdProcess }, maxWaiting: maxWaitingWrites, maxWaitingBytes, lockTimeoutMs },
    hooksOf(tables, outbox, sidecar, sql),
  )
  outbox.start(writer)
  let closing: Promise<void> | null = null

  async function close(): Promise<void> {
    await writer.close()
    outbox.close()
    try {
      // So that the file alone is the whole database: libsql leaves the write-ahead log behind.
      sql.get('PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      handle.close()
      sidecar.close()
    }
  }

  return {
    name: 'sqlite',
    log: sqliteLog({ store: writer, tables, clock, idempotencyWindowMs, payloadMaxBytes }),
    outbox,
    inbox: sqliteInbox({ store: writer, transactions, cursors: cursorCodec(secret) }),
    alerts: sqliteAlerts(writer, transactions),
    check: () => writer.write((own) => void own.run('UPDATE millrace_meta SET checks = checks + 1'), { atomic: true }),
    close() {
      closing ??= close()
      return closing
    },
  }
}
