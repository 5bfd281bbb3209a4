import pg from 'pg'
import type { Database, Sql, SqlValue, Transaction } from './port.ts'

/** Held while tables are made: two nodes that start at once must not both make them. */
const preparing = 7_310_001

const int8 = 20
const types = {
  // Whole numbers of ours are far below 2^53.
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? (value: string) => Number(value) : pg.types.getTypeParser(oid, format as 'text'),
}

/** `?` as PostgreSQL writes it. No text of ours has a question mark anywhere else. */
function numbered(text: string): string {
  let count = 0
  return text.replaceAll('?', () => `$${++count}`)
}

function sqlOn(on: Pick<pg.Pool | pg.PoolClient, 'query'>): Sql {
  const query = (text: string, values: readonly SqlValue[]): Promise<pg.QueryResult> => on.query(numbered(text), [...values])
  return {
    rows: async <Row>(text: string, ...values: readonly SqlValue[]) => (await query(text, values)).rows as Row[],
    run: async (text, ...values) => (await query(text, values)).rowCount ?? 0,
  }
}

export interface PostgresDatabase extends Database {
  /** For the store, whose transactions are these. */
  readonly pool: pg.Pool
}

export function postgresDatabase(url: string, onLost: (error: Error) => void): PostgresDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5_000, types })
  // Without a listener a server that goes away would end the process.
  pool.on('error', onLost)

  async function transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      await client.query('begin')
      const result = await work({ ...sqlOn(client), tx: client })
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch((reason: Error) => {
        broken = reason
      })
      throw error
    } finally {
      client.release(broken)
    }
  }
  return {
    ...sqlOn(pool),
    pool,
    transact,
    prepare: (work) =>
      transact(async (transaction) => {
        await transaction.rows('select pg_advisory_xact_lock(?)', preparing)
        await work(transaction)
      }),
    close: () => pool.end(),
  }
}
