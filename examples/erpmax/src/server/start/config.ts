import { resolve } from 'node:path'
import { StartError } from './start-error.ts'

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
const environments = ['development', 'production'] as const

export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly password?: string
}

export interface Config {
  readonly environment: (typeof environments)[number]
  /** 0 takes a free one. */
  readonly port: number
  /** The address to listen on; without it all of them. */
  readonly host?: string
  /** The embedded database and the generated secret live here. */
  readonly dataDir: string
  /** What tokens are signed with, the same on every node; without it the one in the data folder, which is made when there is none. */
  readonly jwtSecret?: string
  readonly accessTokenTtlSeconds: number
  /** Pages of other origins that may connect. */
  readonly origins: readonly string[]
  /** How many proxies of our own each connection comes through. */
  readonly trustedProxies: number
  readonly logLevel: (typeof logLevels)[number]
  /** PostgreSQL; without it the embedded database. */
  readonly databaseUrl?: string
  /** Between the nodes; without it PostgreSQL, or nothing where there is one node. */
  readonly redis?: RedisAddress
  /** Hands orders to the workers; without it they look into the database. */
  readonly rabbitmqUrl?: string
  readonly queue: string
  /** Lets other programs emit over HTTP, for these tenants. */
  readonly api?: { readonly key: string; readonly tenants: readonly string[] }
  readonly workers: number
  /** How long a worker takes for each step. */
  readonly stepMs: number
}

export type Environment = Readonly<Record<string, string | undefined>>

function wholeNumber(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= min && number <= max)) throw new StartError(`${name} is "${text}": give a whole number from ${min} to ${max}`)
  return number
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly T[], fallback: T): T {
  const text = env[name] || fallback
  const value = values.find((known) => known === text)
  if (value === undefined) throw new StartError(`${name} is "${text}": give one of ${values.join(', ')}`)
  return value
}

function address(env: Environment, name: string, protocols: readonly string[], example: string): string | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  // An address holds a password: it is not repeated.
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol))
    throw new StartError(`${name} is not an address that can be used: write it such as ${example}`)
  return text
}

function readList(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function readSecret(env: Environment): string | undefined {
  const secret = env.JWT_SECRET
  if (secret === undefined || secret === '') return undefined
  if (Buffer.byteLength(secret) < 32) throw new StartError('JWT_SECRET is too short: give at least 32 characters')
  return secret
}

function readApi(env: Environment): Config['api'] {
  const key = env.API_KEY
  if (key === undefined || key === '') return undefined
  if (Buffer.byteLength(key) < 32) throw new StartError('API_KEY is too short: give at least 32 characters, drawn by chance')
  const tenants = readList(env.API_TENANTS)
  if (tenants.length === 0) throw new StartError('API_TENANTS is missing: list the tenants that the API key is for')
  return { key, tenants }
}

/** `REDIS_HOST`, `REDIS_PORT` and `REDIS_PASSWORD`; production has a Redis, and looks for it at home unless told otherwise. */
function readRedis(env: Environment, environment: Config['environment']): RedisAddress | undefined {
  if (!env.REDIS_HOST && environment !== 'production') return undefined
  return {
    host: env.REDIS_HOST || 'localhost',
    port: wholeNumber(env, 'REDIS_PORT', 6379, 1, 65_535),
    ...(env.REDIS_PASSWORD && { password: env.REDIS_PASSWORD }),
  }
}

/** Reads the settings; throws a `StartError` that names the one that is wrong (OPS3). */
export function readConfig(env: Environment): Config {
  const environment = oneOf(env, 'ENVIRONMENT', environments, 'development')
  const jwtSecret = readSecret(env)
  const databaseUrl = address(env, 'DATABASE_URL', ['postgres:', 'postgresql:'], 'postgres://user:password@localhost:5432/erpmax')
  const rabbitmqUrl = address(env, 'RABBITMQ_URL', ['amqp:', 'amqps:'], 'amqp://user:password@localhost:5672')
  const redis = readRedis(env, environment)
  const api = readApi(env)
  return {
    environment,
    port: wholeNumber(env, 'PORT', 8000, 0, 65_535),
    ...(env.HOST && { host: env.HOST }),
    // npm runs the script in this workspace's folder and says in INIT_CWD where the command was typed.
    dataDir: resolve(env.INIT_CWD ?? '.', env.DATA_DIR || 'data/erpmax'),
    ...(jwtSecret !== undefined && { jwtSecret }),
    accessTokenTtlSeconds: wholeNumber(env, 'ACCESS_TOKEN_TTL', 900, 1, 86_400),
    origins: readList(env.ALLOWED_ORIGINS),
    trustedProxies: wholeNumber(env, 'TRUSTED_PROXIES', 0, 0, 10),
    logLevel: oneOf(env, 'LOG_LEVEL', logLevels, 'warn'),
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(redis !== undefined && { redis }),
    ...(rabbitmqUrl !== undefined && { rabbitmqUrl }),
    ...(api !== undefined && { api }),
    queue: env.PROVISIONING_QUEUE || 'erpmax.provisioning',
    workers: wholeNumber(env, 'WORKERS', 1, 0, 16),
    stepMs: wholeNumber(env, 'STEP_MS', 1_200, 0, 60_000),
  }
}

/** The same settings, for another process of ours. */
export function environmentOf(config: Config): Record<string, string> {
  const { redis } = config
  return {
    ENVIRONMENT: config.environment,
    PORT: String(config.port),
    DATA_DIR: config.dataDir,
    ACCESS_TOKEN_TTL: String(config.accessTokenTtlSeconds),
    ALLOWED_ORIGINS: config.origins.join(','),
    TRUSTED_PROXIES: String(config.trustedProxies),
    LOG_LEVEL: config.logLevel,
    PROVISIONING_QUEUE: config.queue,
    WORKERS: String(config.workers),
    STEP_MS: String(config.stepMs),
    API_KEY: config.api?.key ?? '',
    API_TENANTS: config.api?.tenants.join(',') ?? '',
    JWT_SECRET: config.jwtSecret ?? '',
    DATABASE_URL: config.databaseUrl ?? '',
    RABBITMQ_URL: config.rabbitmqUrl ?? '',
    HOST: config.host ?? '',
    REDIS_HOST: redis?.host ?? '',
    REDIS_PORT: String(redis?.port ?? ''),
    REDIS_PASSWORD: redis?.password ?? '',
  }
}
