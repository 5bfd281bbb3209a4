import { Client, type ClientConfig } from 'pg'
import { ConfigurationError } from '../configuration-error.ts'
import { pgFailure } from './errors.ts'

const oldestServer = 140_000

/** Who is to be told: by the setting of the server, and the function that makes its value. */
export const madeBy = { store: 'postgresStore', broker: 'postgresBroker' } as const

export type PgSetting = keyof typeof madeBy

/** What is wrong with the database, as one line (OPS3). */
export function refused(client: Client, problem: string, mend: string, cause?: unknown, setting: PgSetting = 'store'): ConfigurationError {
  const error = new ConfigurationError(
    setting,
    `${madeBy[setting]}: the database "${client.database}" at ${client.host}:${client.port} ${problem}`,
    mend,
  )
  if (cause !== undefined) error.cause = cause
  return error
}

function asRefusal(client: Client, error: unknown, setting: PgSetting): unknown {
  const said = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
  switch (pgFailure(error)) {
    case 'gone':
      return refused(client, `cannot be reached (${said})`, 'start PostgreSQL, or correct `url`', error, setting)
    case 'refused':
      return refused(client, `does not let us in (${said})`, 'correct user, password and database in `url`', error, setting)
    case 'forbidden':
      return refused(
        client,
        `does not let this role make or use the schema "millrace" (${said})`,
        'GRANT CREATE ON DATABASE to it for the first start, or start once with a role that may',
        error,
        setting,
      )
    case 'busy':
    case 'readonly':
      return refused(client, `takes no writes (${said})`, 'give the address of the primary', error, setting)
    default:
      return refused(client, `could not be prepared (${said})`, 'see the cause', error, setting)
  }
}

export interface ReachOptions {
  readonly connection: ClientConfig
  readonly connectTimeoutMs: number
  /** @default 'store' */
  readonly setting?: PgSetting
}

/** Runs `work` on a connection of its own. Throws a `ConfigurationError` of one line where the database is not there or not ours to use. */
export async function reachDatabase<T>(
  { connection, connectTimeoutMs, setting = 'store' }: ReachOptions,
  work: (client: Client, serverVersion: number) => Promise<T>,
): Promise<T> {
  const client = new Client({ ...connection, connectionTimeoutMillis: connectTimeoutMs, application_name: 'millrace' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ version: number }>(`SELECT current_setting('server_version_num')::int AS version`)
    const server = rows[0]?.version ?? 0
    if (server < oldestServer)
      throw refused(client, `is PostgreSQL ${Math.floor(server / 10_000)}`, 'upgrade to 14 or newer', undefined, setting)
    return await work(client, server)
  } catch (error) {
    throw error instanceof ConfigurationError ? error : asRefusal(client, error, setting)
  } finally {
    await client.end().catch(() => undefined)
  }
}
