import type { PoolClient } from 'pg'
import { asCallersError, pgFailure } from './errors.ts'
import type { PgRow, PgSql, PgValue } from './port.ts'

/** One connection of the store's, while somebody has it. What PostgreSQL refuses is thrown as a `MillraceError`. */
export class Connection implements PgSql {
  readonly #client: PoolClient
  readonly #names: Map<string, string>
  #broken = false

  /** `names`: of prepared statements, by text; the same for all connections of a store. */
  constructor(client: PoolClient, names: Map<string, string>) {
    this.#client = client
    this.#names = names
  }

  /** It must not be used again. */
  get broken(): boolean {
    return this.#broken
  }

  async rows(text: string, values: readonly PgValue[] = []): Promise<readonly PgRow[]> {
    const name = this.#names.get(text) ?? `millrace_${this.#names.size}`
    this.#names.set(text, name)
    // Holds: no statement asks for its rows as arrays.
    const { rows } = await this.#guarded(this.#client.query({ name, text, values: [...values] }))
    return rows as readonly PgRow[]
  }

  async transact<T>(work: (sql: PgSql) => Promise<T>): Promise<T> {
    await this.run('BEGIN')
    try {
      const value = await work(this)
      await this.run('COMMIT')
      return value
    } catch (error) {
      // Where that fails as well the connection is gone, and the transaction with it.
      if (!this.#broken) await this.run('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  async run(text: string): Promise<void> {
    await this.#guarded(this.#client.query(text))
  }

  async #guarded<T>(query: Promise<T>): Promise<T> {
    try {
      return await query
    } catch (error) {
      const failure = pgFailure(error)
      // A standby that was the primary would answer so for ever; another connection may find the new primary.
      if (failure === 'gone' || failure === 'readonly') this.#broken = true
      throw asCallersError(error)
    }
  }
}
