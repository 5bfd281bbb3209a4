import { Pool, type PoolClient, type PoolConfig, types } from 'pg'
import { Connection } from './connection.ts'
import { asCallersError } from './errors.ts'
import type { PgDatabase, PgRow, PgSession, PgSql, PgValue } from './port.ts'

export interface DatabaseOptions {
  readonly connection: PoolConfig
  readonly maxConnections: number
  /** How long a connection may take, and how long one is waited for. */
  readonly connectTimeoutMs: number
  /** Past it the connection is taken for lost. */
  readonly queryTimeoutMs: number
  /** Runs on each new connection before anything else does. */
  readonly onConnect: (sql: PgSql) => Promise<void>
}

const int8 = 20

/** Connections of the store's own. An error of an idle one concerns nobody: the next use makes another. */
export class Database implements PgDatabase {
  readonly #pool: Pool
  readonly #names = new Map<string, string>()
  readonly #sessions = new Set<PgSession>()

  constructor({ connection, maxConnections, connectTimeoutMs, queryTimeoutMs, onConnect }: DatabaseOptions) {
    this.#pool = new Pool({
      ...connection,
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      application_name: 'millrace',
      // A script that has forgotten to close its store ends all the same.
      allowExitOnIdle: true,
      types: {
        // Holds: numbers of ours are below 2^53. Other types are read as pg reads them.
        getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === int8 ? Number : types.getTypeParser(oid, format)),
      },
      // Holds: the hook is called with the clients of the pool, and is awaited, which its type does not say.
      onConnect: ((client: PoolClient) => onConnect(new Connection(client, this.#names))) as (client: unknown) => void,
    })
    this.#pool.on('error', () => undefined)
  }

  rows(text: string, values?: readonly PgValue[]): Promise<readonly PgRow[]> {
    return this.#use((connection) => connection.rows(text, values))
  }

  transact<T>(work: (sql: PgSql) => Promise<T>): Promise<T> {
    return this.#use((connection) => connection.transact(work))
  }

  async connect(onLost: () => void): Promise<PgSession> {
    const client = await this.#acquire()
    const connection = new Connection(client, this.#names)
    let open = true
    const end = (lost: boolean): void => {
      if (!open) return
      open = false
      this.#sessions.delete(session)
      client.release(true)
      if (lost) onLost()
    }
    const watched = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work
      } finally {
        if (connection.broken) end(true)
      }
    }
    const session: PgSession = {
      rows: (text, values) => watched(connection.rows(text, values)),
      transact: (work) => watched(connection.transact(work)),
      onNotification(run) {
        client.on('notification', ({ channel, payload = '', processId }) => run({ channel, payload, sender: processId }))
      },
      run: (text) => watched(connection.run(text)),
      release: () => end(false),
    }
    client.on('error', () => end(true))
    client.on('end', () => end(true))
    this.#sessions.add(session)
    return session
  }

  /** Ends the sessions, and waits for what else is under way. */
  async close(): Promise<void> {
    for (const session of this.#sessions) session.release()
    await this.#pool.end()
  }

  async #acquire(): Promise<PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw asCallersError(error)
    }
  }

  async #use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.#acquire()
    const connection = new Connection(client, this.#names)
    // While the client is out its errors have no other listener; the query that it ends rejects as well.
    const ignore = (): void => undefined
    client.on('error', ignore)
    try {
      return await work(connection)
    } finally {
      client.off('error', ignore)
      client.release(connection.broken)
    }
  }
}
