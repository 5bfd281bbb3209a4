import { ConfigurationError } from '../configuration-error.ts'
import { reasonOf } from './session.ts'

/** What to do about a first connection that failed, by what was said (OPS3). */
const mends: readonly (readonly [RegExp, problem: string, mend: string])[] = [
  [/^(WRONGPASS|NOAUTH|ERR invalid password|ERR AUTH)/, 'does not let us in', 'correct user and password'],
  [
    /^NOPERM/,
    'does not let this user publish and subscribe',
    'allow it +publish, +spublish, +subscribe, +ssubscribe and the channels &millrace:*',
  ],
  [/^(ERR unknown command|NOPROTO)/, 'is too old', 'upgrade to Redis 6.2 or newer'],
  [/^READONLY/, 'is a replica', 'give the address of the primary'],
  [/^CLUSTERED /, 'takes no `url`', 'write nodes: [{ host, port }] with some servers of the cluster'],
  [/^CLUSTER /, 'is no whole cluster', 'see to its slots, or give a `url` where it is a single server'],
  [/^LOADING/, 'still loads its data', 'start again in a moment'],
]

export function asRefusal(name: string, error: unknown): ConfigurationError {
  const said = reasonOf(error)
  const [, problem, mend] = mends.find(([pattern]) => pattern.test(said)) ?? [
    null,
    'cannot be reached',
    'start Redis, or correct its address',
  ]
  // Without its cause, which holds the command, and so the password.
  return new ConfigurationError('broker', `redisBroker: the server at ${name} ${problem} (${said})`, mend)
}
