import { randomUUID } from 'node:crypto'
import type { Clock } from '@millrace/contract'
import { type LogOptions, logDefaults } from '../log/port.ts'
import { systemClock } from '../node/clock.ts'
import type { Store } from '../store.ts'
import { assembleStore } from './assemble.ts'
import { locate, type PostgresLocation } from './location.ts'
import { newIdentity } from './migrate.ts'
import { openDatabase } from './open.ts'

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
