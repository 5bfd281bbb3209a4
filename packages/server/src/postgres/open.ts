import type { Client } from 'pg'
import { settleEpoch } from './epoch.ts'
import { type MigrateOptions, migrate } from './migrate.ts'
import { type ReachOptions, reachDatabase, refused } from './reach.ts'
import { migrations } from './schema/migrations.ts'

export interface OpenOptions extends MigrateOptions, ReachOptions {}

export interface OpenedDatabase {
  /** Tells this database's tables from another's. */
  readonly home: string
  /** Signs cursors. */
  readonly secret: string
  /** The database's name, as the connection knows it. */
  readonly name: string
}

/** Throws a `ConfigurationError` for the tables of a newer Millrace. */
export function checkVersion(client: Client, version: number): void {
  if (version > migrations.length)
    throw refused(
      client,
      `has tables of version ${version}, and this Millrace reads version ${migrations.length}`,
      'upgrade @millrace/server',
    )
}

/** Brings the schema up to date and settles the epoch. Throws a `ConfigurationError` of one line where the store cannot start (OPS3). */
export function openDatabase(options: OpenOptions): Promise<OpenedDatabase> {
  return reachDatabase(options, async (client) => {
    checkVersion(client, await migrate(client, options))
    await settleEpoch({ rows: async (text) => (await client.query(text)).rows }, { relaxed: false })
    const meta = await client.query<{ home: string; secret: string }>('SELECT home, secret FROM millrace.meta')
    const [found] = meta.rows
    if (found === undefined) throw refused(client, 'has lost a row of millrace.meta', 'restore it from a backup')
    return { ...found, name: client.database ?? '' }
  })
}
