import { randomUUID } from 'node:crypto'
import { type Clock, MillraceError } from '@millrace/contract'
import type { Broker } from '../broker/port.ts'
import { PostgresBroker } from '../broker/postgres-broker.ts'
import { ConfigurationError } from '../configuration-error.ts'
import { systemClock } from '../node/clock.ts'
import { systemRandom } from '../node/random.ts'
import { nextTurn } from '../node/turn.ts'
import { Database } from './database.ts'
import { locate, type PostgresLocation } from './location.ts'
import type { PgSql } from './port.ts'
import { reachDatabase, refused } from './reach.ts'

export interface PostgresBrokerSettings {
  /** Real time, for checks of the connection and pauses between attempts. */
  readonly clock?: Clock
  /** How long a connection may take. */
  readonly connectTimeoutMs?: number
  /** Past it a statement has failed and its connection is given up. One on which nothing comes any more is given up after 3 s in any case. */
  readonly queryTimeoutMs?: number
  /** Past so many waiting publications a further one is refused with `unavailable`. */
  readonly maxWaiting?: number
  /** The same for what waits, in characters. */
  readonly maxWaitingBytes?: number
}

export type PostgresBrokerOptions = PostgresLocation & PostgresBrokerSettings

export const postgresBrokerDefaults = {
  connectTimeoutMs: 3_000,
  queryTimeoutMs: 10_000,
  maxWaiting: 20_000,
  maxWaitingBytes: 67_108_864,
} as const satisfies PostgresBrokerSettings

/**
 * What is notified need not survive a crash. A commit that notifies waits for the others that do. A node that stands still, or is cut off, must not keep PostgreSQL from cleaning its queue.
 */
const settings = `SELECT set_config('synchronous_commit', 'off', false), set_config('lock_timeout', '1500', false), set_config('jit', 'off', false),
  set_config('tcp_user_timeout', '10000', false), set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
  set_config('tcp_keepalives_count', '3', false)`

/**
 * Carries publications between nodes in notifications (`LISTEN`, `NOTIFY`) of a PostgreSQL database, the store's or another one; it makes no
 * tables. Any number of nodes may share it. Rejects with a `ConfigurationError` of one line where it cannot start.
 */
export async function postgresBroker(options: PostgresBrokerOptions): Promise<Broker> {
  const { clock, connectTimeoutMs, queryTimeoutMs, maxWaiting, maxWaitingBytes } = {
    ...postgresBrokerDefaults,
    clock: systemClock,
    ...options,
  }
  const connection = locate(options, 'broker')
  const onConnect = async (sql: PgSql): Promise<void> => void (await sql.rows(settings))
  return reachDatabase({ connection, connectTimeoutMs, setting: 'broker' }, async (client) => {
    const { rows } = await client.query<{ encoding: string; standby: boolean }>(
      `SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby`,
    )
    const [found] = rows
    if (found?.standby) throw refused(client, 'is a standby, which cannot notify', 'give the address of the primary', undefined, 'broker')
    if (found?.encoding !== 'UTF8')
      throw refused(client, `is in ${found?.encoding}`, 'use a database in UTF8; it need not be the store’s', undefined, 'broker')
    const database = new Database({ connection, maxConnections: 2, connectTimeoutMs, queryTimeoutMs, onConnect })
    const checkChannel = `millrace_check_${randomUUID().replaceAll('-', '')}`
    const broker = new PostgresBroker({
      ...{ database, clock, random: systemRandom, nextTurn, checkChannel, maxWaiting, maxWaitingBytes },
    })
    try {
      await broker.open()
    } catch (error) {
      await broker.close()
      if (!(error instanceof MillraceError) || error instanceof ConfigurationError) throw error
      throw refused(
        client,
        'does not bring notifications from one connection to another',
        'connect to the server itself, or through a pooler of sessions: one of transactions or statements (PgBouncer) cannot LISTEN',
        error,
        'broker',
      )
    }
    return broker
  })
}
