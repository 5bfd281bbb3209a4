import Database from 'libsql'

/** An application's own tables, in the file that the store uses too. */
export interface Shop {
  readonly database: InstanceType<typeof Database>
  /** Runs `work` in a transaction, which it may end by throwing. */
  transaction(work: () => void): void
  addRow(key: string): void
  rows(): readonly string[]
}

export function openShop(file: string): Shop {
  const database = new Database(file)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec('CREATE TABLE IF NOT EXISTS shop_rows (key TEXT PRIMARY KEY)')
  const insert = database.prepare('INSERT INTO shop_rows (key) VALUES (?)')
  return {
    database,
    transaction(work) {
      database.exec('BEGIN IMMEDIATE')
      try {
        work()
        database.exec('COMMIT')
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
    addRow: (key) => void insert.run(key),
    // Holds: the statement answers rows of this shape.
    rows: () => (database.prepare('SELECT key FROM shop_rows ORDER BY key').all() as { key: string }[]).map(({ key }) => key),
  }
}
