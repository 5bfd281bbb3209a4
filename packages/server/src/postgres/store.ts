import { randomUUID } from 'node:crypto'
import type { Clock } from '@millrace/contract'
import type { ClientConfig } from 'pg'
import { ConfigurationError } from '../configuration-error.ts'
import { type LogOptions, logDefaults } from '../log/port.ts'
import { systemClock } from '../node/clock.ts'
import type { Store } from '../store.ts'
import { assembleStore } from './assemble.ts'
import { newIdentity } from './migrate.ts'
import { openDatabase } from './open.ts'

/** What the store needs of a `Pool` of pg's: where it connects to. */
export interface PoolLike {
  readonly options: object
}

export type PostgresLocation =
  | {
      /** `postgres://user:password@host:5432/database`, with whatever pg understands in it. The primary, and not through a pooler of transactions. */
      readonly url: string
    }
  | {
      /** The application's own pool: the store opens connections of its own with the same settings, and takes none out of it. */
      readonly pool: PoolLike
    }

/**
 * `full`: what has resolved survives the server's process, its operating system and a loss of power, as far as PostgreSQL does (`fsync`).
 * `normal`: a crash of the server may take the last moments (`synchronous_commit = off`); a restart takes nothing.
 */
export type PostgresDurability = 'full' | 'normal'

export interface PostgresSettings extends LogOptions {
  /** @default 'full' */
  readonly durability?: PostgresDurability
  readonly clock?: Clock
  /** Connections of the store, at most: for log and outbox, and as many again for inbox and alerts. */
  readonly maxConnections?: number
  /** How long a connection may take, and how long one is waited for. */
  readonly connectTimeoutMs?: number
  /** Past it a statement has failed and its connection is given up. */
  readonly queryTimeoutMs?: number
  /** Past so many waiting writes a further one is refused with `unavailable`. */
  readonly maxWaitingWrites?: number
  /** The same for the payloads that wait, in characters. */
  readonly maxWaitingBytes?: number
}

export type PostgresStoreOptions = PostgresLocation & PostgresSettings

export const postgresDefaults = {
  ...logDefaults,
  durability: 'full',
  maxConnections: 5,
  connectTimeoutMs: 5_000,
  queryTimeoutMs: 15_000,
  maxWaitingWrites: 20_000,
  maxWaitingBytes: 67_108_864,
} as const satisfies PostgresSettings

/** Where to connect to; throws a `ConfigurationError` for what is no address. */
export function locate(location: PostgresLocation): ClientConfig {
  if ('url' in location) {
    if (!/^postgres(ql)?:\/\//.test(location.url))
      throw new ConfigurationError(
        'store',
        'postgresStore: `url` is no address of a database',
        'write postgres://user:password@host:5432/database',
      )
    return { connectionString: location.url }
  }
  const { options } = location.pool
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError('store', 'postgresStore: `pool` is no pool of pg', 'pass a `new Pool(…)`, or a `url`')
  // pg hides the password from enumeration.
  return { ...options, password: Reflect.get(options, 'password') as ClientConfig['password'] }
}

/**
 * Log, outbox, inbox and alerts in a PostgreSQL database, which may be the application's own: all of it is in the schema `millrace`, which
 * is made and brought up to date here. Any number of nodes may share it. Rejects with a `ConfigurationError` of one line where it cannot start.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<Store> {
  const settings = { ...postgresDefaults, clock: systemClock, ...options }
  const connection = locate(options)
  const opened = await openDatabase({ connection, connectTimeoutMs: settings.connectTimeoutMs, ...newIdentity })
  return assembleStore(opened, { ...settings, connection, holder: randomUUID() })
}
