import { systemClock } from '../node/clock.ts'
import { locate } from './location.ts'
import { migrate, newIdentity, versionOf } from './migrate.ts'
import { checkVersion } from './open.ts'
import { reachDatabase } from './reach.ts'
import { migrations } from './schema/migrations.ts'
import { postgresDefaults } from './store.ts'

export interface AdministerOptions {
  /** As `postgresStore` takes it. */
  readonly url: string
  readonly connectTimeoutMs?: number
}

export interface PostgresMigration {
  /** 0: there were no tables. */
  readonly from: number
  readonly to: number
}

export interface PostgresInspection {
  /** As PostgreSQL counts: 160004 is 16.4. */
  readonly serverVersion: number
  /** Version of the tables that are there; 0 for none. */
  readonly schema: number
  /** Version of the tables that this Millrace works on. */
  readonly wanted: number
  /** By how many ms the database's clock is ahead of this machine's; wrong by half of `roundTripMs` at most. */
  readonly clockAheadMs: number
  readonly roundTripMs: number
  /** False: a crash of the database's machine may take what was stored. */
  readonly fsync: boolean
}

function reach({ url, connectTimeoutMs = postgresDefaults.connectTimeoutMs }: AdministerOptions) {
  return { connection: locate({ url }), connectTimeoutMs }
}

/**
 * Brings the tables up to date without a server, or with `dryRun` says what there is to do. Rejects with a `ConfigurationError` of one line where
 * it cannot, or where a newer Millrace was here.
 */
export function migratePostgres({
  dryRun = false,
  ...options
}: AdministerOptions & { readonly dryRun?: boolean }): Promise<PostgresMigration> {
  return reachDatabase(reach(options), async (client) => {
    const from = await versionOf(client)
    const to = dryRun ? Math.max(from, migrations.length) : await migrate(client, newIdentity)
    checkVersion(client, to)
    return { from, to }
  })
}

/** Looks at a database and changes nothing. Rejects with a `ConfigurationError` of one line where it cannot be reached. */
export function inspectPostgres(options: AdministerOptions): Promise<PostgresInspection> {
  return reachDatabase(reach(options), async (client, serverVersion) => {
    const schema = await versionOf(client)
    const asked = systemClock.now()
    const { rows } = await client.query<{ now: string; fsync: string }>(
      `SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now, current_setting('fsync') AS fsync`,
    )
    const answered = systemClock.now()
    const roundTripMs = answered - asked
    const clockAheadMs = Math.round(Number(rows[0]?.now) - (asked + roundTripMs / 2))
    return { serverVersion, schema, wanted: migrations.length, clockAheadMs, roundTripMs, fsync: rows[0]?.fsync !== 'off' }
  })
}
