import type { PostgresInspection } from '@millrace/server/postgres'
import type { MillraceConfig } from '../define-config.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = major > 20 || (major === 20 && minor >= 19)
  return fits ? ok('node', `Node ${version}`) : fail('node', `Node ${version} is too old`, 'upgrade to 20.19 or newer')
}

/** `production`: whether this is to be relied on. */
export function judgeSettings(config: MillraceConfig, production: boolean): readonly Finding[] {
  const { contract, policy, handlers = {}, origins = [] } = config
  const channels = Object.entries(contract.channels)
  const requests = Object.keys(contract.requests)
  const closed = channels.filter(([name]) => policy[name] === undefined)
  const unanswered = requests.filter((name) => handlers[name] === undefined)
  const local = origins.filter((origin) => /^[a-z]+:\/\/(localhost|127\.|\[::1\])/.test(origin))
  const plain = origins.filter((origin) => origin.startsWith('http://') && !local.includes(origin))
  return [
    ok('contract', `"${contract.title}" ${contract.version}: ${channels.length} channel patterns, ${requests.length} requests`),
    ...closed.map(([name, { definition }]) =>
      warn(
        'policy',
        `nobody may hear "${name}" (${definition.pattern.pattern})`,
        `add policy.${name}, or take the channel out of the contract`,
      ),
    ),
    ...(closed.length === 0 ? [ok('policy', 'every channel pattern has one')] : []),
    ...unanswered.map((name) => warn('handlers', `nobody answers the request "${name}"`, 'add a handler for it')),
    origins.length === 0
      ? ok('origins', 'none: pages of the same host, and clients that are no browser')
      : production && local.length > 0
        ? warn('origins', `${local.join(', ')} is a page of this machine`, 'remove it in production')
        : plain.length > 0
          ? warn('origins', `${plain.join(', ')} is not encrypted: tokens can be read on the way`, 'serve it with https')
          : ok('origins', origins.join(', ')),
  ]
}

/** What is said of the two together: each may be well by itself. */
export function judgePair({ store, broker }: Pick<MillraceConfig, 'store' | 'broker'>, production: boolean): readonly Finding[] {
  const lone = broker === undefined || broker === 'local:'
  const inMemory = store === undefined || store === 'memory:'
  if (lone && typeof store === 'string' && store.startsWith('postgres'))
    return [
      warn(
        'broker',
        'with several nodes on this database, each would be slow to hear what the others publish',
        "set broker: 'redis://…' or 'postgres://…' for more than one",
      ),
    ]
  if (!lone && (inMemory || (typeof store === 'string' && store.startsWith('sqlite:'))))
    return [
      warn(
        'store',
        'each node has one of its own, and the broker carries publications between them',
        "set store: 'postgres://…' for more than one node",
      ),
    ]
  if (inMemory && production)
    return [warn('store', 'everything is lost with the process', "set store: 'sqlite:./file.db' or 'postgres://…'")]
  return []
}

/** Tokens expire and publications are dated by the nodes' clocks; what the store dates is compared with them. */
const skew = { warnMs: 500, failMs: 5_000 } as const

export function judgeClock({ clockAheadMs, roundTripMs }: Pick<PostgresInspection, 'clockAheadMs' | 'roundTripMs'>): Finding {
  // What the way there and back may account for.
  const certainMs = Math.max(0, Math.abs(clockAheadMs) - roundTripMs / 2)
  const side = clockAheadMs > 0 ? 'behind' : 'ahead of'
  const message = `this machine's clock is ${(Math.abs(clockAheadMs) / 1_000).toFixed(1)} s ${side} the store's`
  const mend = 'let both follow a time server (chrony, systemd-timesyncd)'
  if (certainMs >= skew.failMs) return fail('clock', message, mend)
  return certainMs >= skew.warnMs ? warn('clock', message, mend) : ok('clock', "agrees with the store's")
}

export function judgePostgres(place: string, found: PostgresInspection): readonly Finding[] {
  const { schema, wanted, serverVersion, fsync } = found
  const version = `${Math.floor(serverVersion / 10_000)}.${serverVersion % 10_000}`
  const migrate = 'run `millrace migrate`, or the next start does it'
  return [
    ok('store', `${place} answers (PostgreSQL ${version})`),
    schema === wanted
      ? ok('schema', `version ${schema}`)
      : schema > wanted
        ? fail('schema', `version ${schema} is of a newer Millrace: this one works on ${wanted}`, 'upgrade millrace')
        : warn('schema', schema === 0 ? 'there are no tables yet' : `version ${schema}: this Millrace works on ${wanted}`, migrate),
    fsync
      ? ok('durability', 'what is acknowledged survives a loss of power')
      : warn('durability', 'fsync is off: a crash of its machine may destroy the database', 'set fsync = on in postgresql.conf'),
    judgeClock(found),
  ]
}

/** What a node needs beside its connections. */
const ownFiles = 100
const enoughFiles = 10_000

/** `limit` null: there is none, or nobody knows. */
export function judgeFiles(limit: number | null): Finding {
  if (limit === null) return ok('files', 'no limit is known')
  const room = `${limit} open files: about ${Math.max(0, limit - ownFiles)} connections`
  return limit < enoughFiles
    ? warn('files', room, 'raise it (ulimit -n, LimitNOFILE= of systemd) above the connections that you expect')
    : ok('files', room)
}

export function judgeKeys(url: string, body: unknown): Finding {
  const keys: unknown = Object(body).keys
  if (!Array.isArray(keys)) return fail('auth', `${url} is no JWKS document`, 'correct the address of the keys')
  return keys.length === 0
    ? fail('auth', `${url} holds no key`, 'ask the issuer')
    : ok('auth', `${url} holds ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`)
}
