export type SqlValue = string | number | null
export type SqlRow = Readonly<Record<string, unknown>>

/** Runs SQL on one connection, the store's or the application's. Statements are prepared once per text, so a text is a constant. */
export interface Sql {
  /** For statements that answer no rows: how many rows they changed. */
  run(text: string, ...values: readonly SqlValue[]): number
  get(text: string, ...values: readonly SqlValue[]): SqlRow | undefined
  all(text: string, ...values: readonly SqlValue[]): readonly SqlRow[]
}

/** The store's own connection. Reads see what has committed; writes are carried out together, once per turn of the event loop. */
export interface SqlStore {
  /**
   * Runs `job` in the next transaction and resolves with its answer once that has committed. A job that throws is undone alone.
   * `atomic`: the job leaves nothing behind when it throws, so it needs no savepoint.
   * `bytes` is what waiting for the job costs in memory.
   */
  write<T>(job: (sql: Sql) => T, options?: { readonly atomic?: boolean; readonly bytes?: number }): Promise<T>
  /** Runs `job` at once, on one snapshot of the database. `single`: it is one statement, which is that without a transaction around it. */
  read<T>(job: (sql: Sql) => T, options?: { readonly single?: boolean }): Promise<T>
}

/** Finds the SQL of an application's own transaction. */
export interface SqlTransactions {
  accepts(tx: unknown): boolean
  /** Throws `outbox_wrong_database`, with the reason, for what is not a transaction on the store's database. */
  within(tx: unknown): Sql
}

/** An integer column, also from a connection that reads integers as bigint. */
export const integer = (value: unknown): number => Number(value)
export const text = (value: unknown): string => String(value)
export const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : String(value))
