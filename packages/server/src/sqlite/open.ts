import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseConstructor, DatabaseHandle, SqliteFailure } from './driver.ts'
import { sqliteFailure, sqlOn } from './driver.ts'
import { StoreOpenError } from './open-error.ts'
import { integer, type Sql, text } from './port.ts'
import { migrations } from './schema.ts'
import { isContinued, Sidecar } from './sidecar.ts'
import { fileOf } from './transactions.ts'

/**
 * `full`: what has resolved survives the process, the operating system and a loss of power.
 * `normal`: it survives `kill -9` of the process; a crash of the machine may take the last moments, and then starts a new epoch.
 */
export type Durability = 'full' | 'normal'

export interface OpenOptions {
  readonly path: string
  readonly library: DatabaseConstructor
  readonly durability: Durability
  readonly newId: () => string
  readonly newSecret: () => string
}

export interface OpenedDatabase {
  readonly handle: DatabaseHandle
  readonly sidecar: Sidecar
  /** Signs cursors. */
  readonly secret: string
}

// At the start nobody else is served yet, so waiting inside SQLite does no harm.
const openTimeoutMs = 2_000
// Past it a whole check would hold up the start; damage then shows when its page is read.
const checkedBytesMax = 16_777_216
// The default of 1,000 pages has a busy log written twice within a moment.
const checkpointPages = 4_000

function assertFolder(path: string): void {
  const folder = dirname(path)
  const stats = statSync(folder, { throwIfNoEntry: false })
  if (stats === undefined) throw new StoreOpenError(path, `the folder "${folder}" does not exist: create it, or choose another path`)
  if (!stats.isDirectory()) throw new StoreOpenError(path, `"${folder}" is not a folder: choose another path`)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new StoreOpenError(path, 'this is a folder: choose the path of a file')
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw new StoreOpenError(path, notWritable(path), { cause: error })
  }
}

const notWritable = (path: string): string =>
  `it cannot be written: give this user the right to write in the folder "${dirname(path)}" and to the file, or choose another path`

function reasonOf(path: string, error: unknown): string {
  const reasons: Record<SqliteFailure, string> = {
    busy: 'another connection holds its lock: let that transaction end, then start again',
    readonly: notWritable(path),
    damaged: 'the file is damaged or is no SQLite database: restore it from a backup, or move it away to begin anew',
    'cannot-open': notWritable(path),
    full: 'the disk is full: make room, then start again',
    other: firstLine(error),
  }
  return reasons[sqliteFailure(error) ?? 'other']
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}

function assertSound(path: string, sql: Sql): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > checkedBytesMax) return
  const found = text(sql.get('PRAGMA quick_check(1)')?.quick_check)
  if (found !== 'ok') throw new StoreOpenError(path, 'the file is damaged: restore it from a backup, or move it away to begin anew')
}

/** Makes the tables, or brings them up to date, or sees that they are not ours to read. */
function prepareTables({ path, newId, newSecret }: OpenOptions, handle: DatabaseHandle, sql: Sql): void {
  const exists = sql.get("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'millrace_meta'") !== undefined
  const version = exists ? integer(sql.get('SELECT schema FROM millrace_meta')?.schema) : 0
  for (const migration of migrations.slice(version)) handle.exec(migration)
  if (!exists) {
    const meta = 'INSERT INTO millrace_meta (one, schema, epoch, commits, checks, secret) VALUES (1, 0, ?, 0, 0, ?)'
    sql.run(meta, newId(), newSecret())
  }
  if (version < migrations.length) sql.run('UPDATE millrace_meta SET schema = ?', migrations.length)
  if (version > migrations.length)
    throw new StoreOpenError(
      path,
      `its tables are of version ${version} and this Millrace reads version ${migrations.length}: upgrade @millrace/server`,
    )
}

/** Goes on with the database's epoch, or begins another where this is not the database that it was (LOG6). */
function settleEpoch({ newId }: OpenOptions, sql: Sql, sidecar: Sidecar): void {
  const row = sql.get('SELECT epoch, commits FROM millrace_meta')
  const found = { epoch: text(row?.epoch), commits: integer(row?.commits) }
  const mark = isContinued(found, sidecar.read()) ? found : { ...found, epoch: newId() }
  if (mark !== found) sql.run('UPDATE millrace_meta SET epoch = ?', mark.epoch)
  sidecar.write(mark)
}

function connect(path: string, library: DatabaseConstructor): DatabaseHandle {
  try {
    return new library(path)
  } catch (error) {
    // libsql has no code here: with the folder there, what is left is the right to write.
    throw new StoreOpenError(path, sqliteFailure(error) === null ? notWritable(path) : reasonOf(path, error), { cause: error })
  }
}

/** Opens the store's own connection, with its tables in place and its epoch decided. Throws `StoreOpenError`. */
export function openDatabase(options: OpenOptions): OpenedDatabase {
  const { path, library, durability } = options
  assertFolder(path)
  const handle = connect(path, library)
  const sql = sqlOn(handle)
  let sidecar: Sidecar | undefined
  try {
    handle.exec(`PRAGMA busy_timeout = ${openTimeoutMs}`)
    if (text(sql.get('PRAGMA journal_mode = WAL')?.journal_mode) !== 'wal')
      throw new StoreOpenError(path, 'it cannot be switched to write-ahead logging: put it on a local disk')
    handle.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    assertSound(path, sql)
    // By the name that SQLite has for the file: links to it share its mark.
    sidecar = new Sidecar(`${fileOf(sql)}.epoch`)
    handle.exec('BEGIN IMMEDIATE')
    prepareTables(options, handle, sql)
    settleEpoch(options, sql, sidecar)
    handle.exec('COMMIT')
    const secret = text(sql.get('SELECT secret FROM millrace_meta')?.secret)
    // From here on nothing waits inside SQLite: a lock is waited for by the clock.
    handle.exec('PRAGMA busy_timeout = 0')
    return { handle, sidecar, secret }
  } catch (error) {
    sidecar?.close()
    handle.close()
    throw error instanceof StoreOpenError ? error : new StoreOpenError(path, reasonOf(path, error), { cause: error })
  }
}
