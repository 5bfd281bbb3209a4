import Database from 'libsql'
import { Pool } from 'pg'

/** An application's own tables, in the database that the store uses too. */
export interface Shop {
  /** Adds a row and runs `work` in the same transaction, which it may end by throwing. Resolves with what `work` has left to wait for. */
  buy(key: string, work: (tx: unknown) => Promise<unknown>): Promise<void>
  rows(): Promise<readonly string[]>
}

export interface SqliteShop extends Shop {
  readonly database: InstanceType<typeof Database>
}

export function openShop(file: string): SqliteShop {
  const database = new Database(file)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec('CREATE TABLE IF NOT EXISTS shop_rows (key TEXT PRIMARY KEY)')
  const insert = database.prepare('INSERT INTO shop_rows (key) VALUES (?)')
  return {
    database,
    async buy(key, work) {
      database.exec('BEGIN IMMEDIATE')
      let working: Promise<unknown>
      try {
        insert.run(key)
        // On SQLite it is done, or thrown, when the call returns.
        working = work(database)
        database.exec('COMMIT')
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
      await working
    },
    // Holds: the statement answers rows of this shape.
    rows: async () => (database.prepare('SELECT key FROM shop_rows ORDER BY key').all() as { key: string }[]).map(({ key }) => key),
  }
}

export async function openPostgresShop(url: string): Promise<Shop> {
  const pool = new Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 3_000, query_timeout: 5_000 })
  pool.on('error', () => undefined)
  // Several nodes start at once.
  await pool.query('SELECT pg_advisory_xact_lock(7); CREATE TABLE IF NOT EXISTS shop_rows (key TEXT PRIMARY KEY)')
  return {
    async buy(key, work) {
      const client = await pool.connect()
      // Without a listener a connection that breaks between two statements ends the process.
      const ignore = (): void => undefined
      client.on('error', ignore)
      let broken = true
      try {
        await client.query('BEGIN')
        await client.query('INSERT INTO shop_rows (key) VALUES ($1)', [key])
        try {
          await work(client)
        } catch (error) {
          await client.query('ROLLBACK')
          broken = false
          throw error
        }
        await client.query('COMMIT')
        broken = false
      } finally {
        client.off('error', ignore)
        client.release(broken)
      }
    },
    rows: async () => (await pool.query<{ key: string }>('SELECT key FROM shop_rows ORDER BY key')).rows.map(({ key }) => key),
  }
}
