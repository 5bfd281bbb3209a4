import type { Clock } from '@millrace/contract'
import { sqliteAlerts } from '../alerts/sqlite-alerts.ts'
import { cursorCodec } from '../inbox/cursor.ts'
import { sqliteInbox } from '../inbox/sqlite-inbox.ts'
import { addRows } from '../inbox/sqlite-rows.ts'
import { sqliteJobs } from '../jobs/sqlite-jobs.ts'
import { sqliteLeases } from '../leases/sqlite-leases.ts'
import { assertPayloadFits } from '../log/payload.ts'
import type { LogOptions } from '../log/port.ts'
import { sqliteLog } from '../log/sqlite-log.ts'
import { LogTables } from '../log/sqlite-tables.ts'
import { holdProcess, nextTurn } from '../node/turn.ts'
import { SqliteOutbox } from '../outbox/sqlite-outbox.ts'
import type { Store } from '../store.ts'
import { sqlOn } from './driver.ts'
import type { OpenedDatabase } from './open.ts'
import type { Sql, SqlTransactions } from './port.ts'
import type { Sidecar } from './sidecar.ts'
import { SqliteWriter, type WriterHooks } from './writer.ts'

export interface AssemblyOptions extends Required<LogOptions> {
  readonly clock: Clock
  readonly transactions: SqlTransactions
  readonly maxWaitingWrites: number
  readonly maxWaitingBytes: number
  readonly lockTimeoutMs: number
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

/** Puts the ports' adapters on one connection. The store closes what it was opened with. */
export function assembleStore({ handle, sidecar, secret }: OpenedDatabase, options: AssemblyOptions): Store {
  const { clock, transactions, maxWaitingWrites, maxWaitingBytes, lockTimeoutMs, payloadMaxBytes, idempotencyWindowMs } = options
  const sql = sqlOn(handle)
  const tables = new LogTables(sql)
  const assertFits = (json: string): void => assertPayloadFits(json, payloadMaxBytes)
  const outbox = new SqliteOutbox({ target: tables, transactions, clock, assertFits })
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
    } catch {
      // What has committed is safe in the write-ahead log.
    }
    handle.close()
    sidecar.close()
  }

  return {
    name: 'sqlite',
    log: sqliteLog({ store: writer, tables, clock, idempotencyWindowMs, payloadMaxBytes }),
    outbox,
    inbox: sqliteInbox({ store: writer, transactions, cursors: cursorCodec(secret) }),
    alerts: sqliteAlerts(writer, transactions),
    leases: sqliteLeases(writer, clock),
    jobs: sqliteJobs({
      ...{ store: writer, transactions, clock, assertFits },
      putEntries: (on, entries) => outbox.put(on, entries),
      addNotification: (on, tenant, userId, notification) => addRows(on, tenant, [userId], notification),
    }),
    check: () => writer.write((own) => void own.run('UPDATE millrace_meta SET checks = checks + 1'), { atomic: true }),
    close() {
      closing ??= close()
      return closing
    },
  }
}
