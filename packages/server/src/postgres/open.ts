import { Client, type ClientConfig } from 'pg'
import { ConfigurationError } from '../configuration-error.ts'
import { settleEpoch } from './epoch.ts'
import { pgFailure } from './errors.ts'
import { type MigrateOptions, migrate } from './migrate.ts'
import { migrations } from './schema/migrations.ts'

export interface OpenOptions extends MigrateOptions {
  readonly connection: ClientConfig
  readonly connectTimeoutMs: number
}

export interface OpenedDatabase {
  /** Tells this database's tables from another's. */
  readonly home: string
  /** Signs cursors. */
  readonly secret: string
  /** The database's name, as the connection knows it. */
  readonly name: string
}

const oldestServer = 140_000

function refused(client: Client, problem: string, mend: string, cause?: unknown): ConfigurationError {
  const error = new ConfigurationError(
    'store',
    `postgresStore: the database "${client.database}" at ${client.host}:${client.port} ${problem}`,
    mend,
  )
  if (cause !== undefined) error.cause = cause
  return error
}

function asRefusal(client: Client, error: unknown): unknown {
  const said = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
  switch (pgFailure(error)) {
    case 'gone':
      return refused(client, `cannot be reached (${said})`, 'start PostgreSQL, or correct `url`', error)
    case 'refused':
      return refused(client, `does not let us in (${said})`, 'correct user, password and database in `url`', error)
    case 'forbidden':
      return refused(
        client,
        `does not let this role make or use the schema "millrace" (${said})`,
        'GRANT CREATE ON DATABASE to it for the first start, or start once with a role that may',
        error,
      )
    case 'busy':
    case 'readonly':
      return refused(client, `takes no writes (${said})`, 'give the address of the primary', error)
    default:
      return refused(client, `could not be prepared (${said})`, 'see the cause', error)
  }
}

/** Brings the schema up to date and settles the epoch. Throws a `ConfigurationError` of one line where the store cannot start (OPS3). */
export async function openDatabase({ connection, connectTimeoutMs, ...options }: OpenOptions): Promise<OpenedDatabase> {
  const client = new Client({ ...connection, connectionTimeoutMillis: connectTimeoutMs, application_name: 'millrace' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ version: number }>(`SELECT current_setting('server_version_num')::int AS version`)
    const server = rows[0]?.version ?? 0
    if (server < oldestServer) throw refused(client, `is PostgreSQL ${Math.floor(server / 10_000)}`, 'upgrade to 14 or newer')
    const version = await migrate(client, options)
    if (version > migrations.length)
      throw refused(
        client,
        `has tables of version ${version}, and this Millrace reads version ${migrations.length}`,
        'upgrade @millrace/server',
      )
    await settleEpoch({ rows: async (text) => (await client.query(text)).rows })
    const meta = await client.query<{ home: string; secret: string }>('SELECT home, secret FROM millrace.meta')
    const [found] = meta.rows
    if (found === undefined) throw refused(client, 'has lost a row of millrace.meta', 'restore it from a backup')
    return { ...found, name: client.database ?? '' }
  } catch (error) {
    throw error instanceof ConfigurationError ? error : asRefusal(client, error)
  } finally {
    await client.end().catch(() => undefined)
  }
}
