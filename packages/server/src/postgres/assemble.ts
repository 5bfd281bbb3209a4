import type { Clock } from '@millrace/contract'
import type { ClientConfig } from 'pg'
import { postgresAlerts } from '../alerts/postgres-alerts.ts'
import { cursorCodec } from '../inbox/cursor.ts'
import { addWithin, postgresInbox } from '../inbox/postgres-inbox.ts'
import { postgresJobs } from '../jobs/postgres-jobs.ts'
import { postgresLeases } from '../leases/postgres-leases.ts'
import { assertPayloadFits } from '../log/payload.ts'
import type { LogOptions } from '../log/port.ts'
import { postgresLog } from '../log/postgres-log.ts'
import { systemClock } from '../node/clock.ts'
import { nextTurn } from '../node/turn.ts'
import { postgresOutbox, writeEntries } from '../outbox/postgres-outbox.ts'
import { PostgresRelay } from '../outbox/postgres-relay.ts'
import type { Store } from '../store.ts'
import { Database } from './database.ts'
import { settleEpoch } from './epoch.ts'
import { unavailable } from './errors.ts'
import { Mover } from './mover.ts'
import { nodeCheck } from './node-check.ts'
import type { OpenedDatabase } from './open.ts'
import type { PgSql } from './port.ts'
import { pgTransactions } from './transactions.ts'
import { PostgresWriter } from './writer.ts'

export interface AssemblyOptions extends Required<LogOptions> {
  readonly clock: Clock
  readonly connection: ClientConfig
  readonly durability: 'full' | 'normal'
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  readonly queryTimeoutMs: number
  readonly maxWaitingWrites: number
  readonly maxWaitingBytes: number
  /** This node's name among those that could relay. */
  readonly holder: string
}

/**
 * What our statements rely on. Each finds its rows by an index: a plan that reads a whole table reads what nobody has vacuumed. A node that
 * stops in the middle of a transaction (SIGSTOP, a lost network) must not hold its locks. A role or a database that has switched
 * `synchronous_commit` off is overruled; stricter settings stay.
 */
const settings = `SELECT set_config('default_transaction_isolation', 'read committed', false), set_config('enable_seqscan', 'off', false),
  set_config('jit', 'off', false), set_config('idle_in_transaction_session_timeout', '2000', false), set_config('lock_timeout', '10000', false),
  set_config('synchronous_commit', CASE WHEN $1 THEN 'off' WHEN current_setting('synchronous_commit') = 'off' THEN 'on'
    ELSE current_setting('synchronous_commit') END, false)`

/** Puts the ports' adapters on two sets of connections: an inbox that a transaction holds must not hold up the log. */
export function assembleStore({ home, secret, name }: OpenedDatabase, options: AssemblyOptions): Store {
  const { clock, connection, durability, maxConnections, connectTimeoutMs, queryTimeoutMs } = options
  const { idempotencyWindowMs, payloadMaxBytes, maxWaitingWrites, maxWaitingBytes, holder } = options
  async function onConnect(sql: PgSql): Promise<void> {
    await sql.rows(settings, [durability === 'normal'])
    await settleEpoch(sql, { relaxed: durability === 'normal' })
  }
  const open = () => new Database({ connection, maxConnections, connectTimeoutMs, queryTimeoutMs, onConnect })
  const [forLog, forInbox] = [open(), open()]
  const transactions = pgTransactions({ name })
  const mover = new Mover({ clock, idempotencyWindowMs })
  const writer = new PostgresWriter({
    ...{ database: forLog, mover, clock, nextTurn, idempotencyWindowMs },
    ...{ maxWaiting: maxWaitingWrites, maxWaitingBytes },
  })
  const relay = new PostgresRelay({ database: forLog, writer, mover, clock: systemClock, holder })
  const assertFits = (json: string): void => assertPayloadFits(json, payloadMaxBytes)
  const checkNode = nodeCheck(forLog, holder)
  let closing: Promise<void> | null = null

  async function close(): Promise<void> {
    await relay.close()
    await writer.close()
    mover.listen(null, null)
    await Promise.all([forLog.close(), forInbox.close()])
  }

  return {
    name: 'postgres',
    log: postgresLog({ database: forLog, writer, payloadMaxBytes, idempotencyWindowMs }),
    outbox: postgresOutbox({ home, transactions, mover, relay, assertFits }),
    inbox: postgresInbox({ home, database: forInbox, transactions, cursors: cursorCodec(secret) }),
    alerts: postgresAlerts(home, forInbox, transactions),
    leases: postgresLeases(forInbox),
    jobs: postgresJobs({
      ...{ home, database: forInbox, transactions, assertFits },
      putEntries(on, entries) {
        for (const { json } of entries) assertFits(json)
        return writeEntries(on, home, entries)
      },
      addNotification: (on, tenant, userId, notification) => addWithin(on, home, tenant, [userId], notification),
    }),
    async check() {
      // Appends may go on while what transactions have published goes nowhere.
      if (relay.failure !== null) throw unavailable('the outbox cannot be emptied', relay.failure)
      await checkNode()
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}
