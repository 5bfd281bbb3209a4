export type SqlValue = string | number | null

/** SQL that SQLite and PostgreSQL both understand, with `?` for each value. */
export interface Sql {
  /** The rows of a query or of `returning`. Holds by agreement: `Row` has the query's columns, as the schema declares them. */
  rows<Row>(text: string, ...values: readonly SqlValue[]): Promise<Row[]>
  /** Runs a statement and says how many rows it changed. */
  run(text: string, ...values: readonly SqlValue[]): Promise<number>
}

export interface Transaction extends Sql {
  /** For Millrace: what it publishes with this comes to be if and only if the transaction commits. */
  readonly tx: unknown
}

export interface Database extends Sql {
  /**
   * Runs `work` in a transaction: all of it comes to be, or, when it throws, nothing of it. `work` waits for the database and for Millrace alone,
   * never for the network or a timer: on SQLite everybody else waits meanwhile.
   */
  transact<T>(work: (sql: Transaction) => Promise<T>): Promise<T>
  /** Makes the tables and what they begin with; one node at a time. */
  prepare(work: (sql: Transaction) => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** The first row, or null. */
export async function one<Row>(sql: Sql, text: string, ...values: readonly SqlValue[]): Promise<Row | null> {
  const [row] = await sql.rows<Row>(text, ...values)
  return row ?? null
}
