import type { ClientConfig } from 'pg'
import { ConfigurationError } from '../configuration-error.ts'
import { madeBy, type PgSetting } from './reach.ts'

/** What store and broker need of a `Pool` of pg's: where it connects to. */
export interface PoolLike {
  readonly options: object
}

export type PostgresLocation =
  | {
      /** `postgres://user:password@host:5432/database`, with whatever pg understands in it. The primary, and not through a pooler of transactions. */
      readonly url: string
    }
  | {
      /** The application's own pool: connections of our own are opened with the same settings, and none is taken out of it. */
      readonly pool: PoolLike
    }

/** Where to connect to; throws a `ConfigurationError` for what is no address. */
export function locate(location: PostgresLocation, setting: PgSetting = 'store'): ClientConfig {
  if ('url' in location) {
    if (!/^postgres(ql)?:\/\//.test(location.url))
      throw new ConfigurationError(
        setting,
        `${madeBy[setting]}: \`url\` is no address of a database`,
        'write postgres://user:password@host:5432/database',
      )
    return { connectionString: location.url }
  }
  const { options } = location.pool
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError(setting, `${madeBy[setting]}: \`pool\` is no pool of pg`, 'pass a `new Pool(…)`, or a `url`')
  // pg hides the password from enumeration.
  return { ...options, password: Reflect.get(options, 'password') as ClientConfig['password'] }
}
