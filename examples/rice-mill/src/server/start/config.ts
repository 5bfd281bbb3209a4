import { resolve } from 'node:path'
import { StartError } from './start-error.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const

export interface Config {
  /** 0 takes a free one. */
  readonly port: number
  /** The address to listen on; without it all of them. */
  readonly host?: string
  /** The database and the generated secret live here. */
  readonly dataDir: string
  /** What access tokens are signed with; without it the one in the data folder, which is made when there is none. */
  readonly accessTokenSecret?: string
  readonly accessTokenTtlSeconds: number
  /** A page of another origin that may connect. */
  readonly clientOrigin?: string
  readonly logLevel: (typeof logLevels)[number]
}

type Environment = Readonly<Record<string, string | undefined>>

function wholeNumber(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= min && number <= max)) throw new StartError(`${name} is "${text}": give a whole number from ${min} to ${max}`)
  return number
}

function readSecret(env: Environment): string | undefined {
  const secret = env.ACCESS_TOKEN_SECRET
  if (secret === undefined || secret === '') return undefined
  if (Buffer.byteLength(secret) < 32) throw new StartError('ACCESS_TOKEN_SECRET is too short: give at least 32 characters')
  return secret
}

function readClientOrigin(env: Environment): string | undefined {
  const url = env.CLIENT_URL
  if (url === undefined || url === '') return undefined
  if (!URL.canParse(url)) throw new StartError(`CLIENT_URL is "${url}": give an address such as http://localhost:5173`)
  return new URL(url).origin
}

function readLogLevel(env: Environment): Config['logLevel'] {
  const text = env.LOG_LEVEL || 'warn'
  const level = logLevels.find((known) => known === text)
  if (level === undefined) throw new StartError(`LOG_LEVEL is "${text}": give one of ${logLevels.join(', ')}`)
  return level
}

/** Reads the settings; throws a `StartError` that names the one that is wrong (OPS3). */
export function readConfig(env: Environment): Config {
  const secret = readSecret(env)
  const clientOrigin = readClientOrigin(env)
  return {
    port: wholeNumber(env, 'PORT', 5000, 0, 65_535),
    ...(env.HOST && { host: env.HOST }),
    // npm runs the script in this workspace's folder and says in INIT_CWD where the command was typed.
    dataDir: resolve(env.INIT_CWD ?? '.', env.DATA_DIR || 'data'),
    ...(secret !== undefined && { accessTokenSecret: secret }),
    accessTokenTtlSeconds: wholeNumber(env, 'ACCESS_TOKEN_TTL', 900, 1, 86_400),
    ...(clientOrigin !== undefined && { clientOrigin }),
    logLevel: readLogLevel(env),
  }
}
