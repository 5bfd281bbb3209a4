import { randomBytes, randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { advisoryLocks } from './port.ts'
import { migrations } from './schema/migrations.ts'

export interface MigrateOptions {
  readonly newHome: () => string
  readonly newSecret: () => string
}

/** The identity that a database gets with its first tables. */
export const newIdentity: MigrateOptions = { newHome: () => randomUUID(), newSecret: () => randomBytes(32).toString('base64url') }

/** Version of the tables that are there; 0 for none. */
export async function versionOf(client: Client): Promise<number> {
  const found = await client.query<{ there: boolean }>(`SELECT to_regclass('millrace.migrations') IS NOT NULL AS there`)
  if (found.rows[0]?.there !== true) return 0
  const { rows } = await client.query<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM millrace.migrations')
  return rows[0]?.version ?? 0
}

async function bringUpToDate(client: Client, { newHome, newSecret }: MigrateOptions): Promise<number> {
  const version = await versionOf(client)
  if (version === 0) {
    await client.query('CREATE SCHEMA IF NOT EXISTS millrace')
    await client.query('CREATE TABLE millrace.migrations (version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())')
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue
    await client.query(migration)
    await client.query('INSERT INTO millrace.migrations (version) VALUES ($1)', [index + 1])
  }
  if (version === 0) {
    const meta = `INSERT INTO millrace.meta (home, epoch, identity, secret) VALUES ($1, gen_random_uuid()::text, '', $2)`
    await client.query(meta, [newHome(), newSecret()])
  }
  return Math.max(version, migrations.length)
}

/** Brings the schema up to date, and answers its version: a higher one than ours where a newer Millrace was here. Where it throws, end the client. */
export async function migrate(client: Client, options: MigrateOptions): Promise<number> {
  const version = await versionOf(client)
  // A role that may not make tables can start a node all the same.
  if (version >= migrations.length) return version
  // Nodes that start together take turns. Before the transaction begins: inside one, what a session knows of the schema is not renewed.
  await client.query(`SELECT pg_advisory_lock(${advisoryLocks.migrate})`)
  await client.query('BEGIN')
  const reached = await bringUpToDate(client, options)
  await client.query('COMMIT')
  await client.query(`SELECT pg_advisory_unlock(${advisoryLocks.migrate})`)
  return reached
}
