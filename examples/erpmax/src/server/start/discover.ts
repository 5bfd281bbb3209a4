import { connect } from 'node:net'
import { systemClock } from '@millrace/server'
import amqp from 'amqplib'
import pg from 'pg'
import type { Config, RedisAddress } from './config.ts'
import { type PrivateServer, startPostgres, startRedis } from './private-servers.ts'
import { StartError } from './start-error.ts'

const answerWithinMs = 2_000
const startWithinMs = 20_000
const database = 'erpmax'

export interface Found {
  readonly config: Config
  /** What was found, one line each. */
  readonly lines: readonly string[]
  /** Ends the servers that were started for it. */
  stop(): Promise<void>
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message || ('code' in error ? String(error.code) : '') : String(error)).replaceAll(/\s+/g, ' ')

async function attempt<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work()
  } catch (error) {
    return new Error(reasonOf(error))
  }
}

/** A server that was just started takes a while. */
async function untilItAnswers<T>(ask: () => Promise<T>): Promise<T> {
  const end = systemClock.now() + startWithinMs
  for (;;) {
    const answer = await attempt(ask)
    if (!(answer instanceof Error)) return answer
    if (systemClock.now() > end) throw new StartError(`a server that was started for this does not answer: ${answer.message}`)
    await new Promise<void>((resolve) => systemClock.after(100, resolve))
  }
}

/** Where names and passwords stay out. */
function shown(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

async function askPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: answerWithinMs })
  client.on('error', () => {})
  try {
    await client.connect()
  } finally {
    await client.end().catch(() => {})
  }
}

/** The PostgreSQL of this machine, with a database of ours in it. */
async function localPostgres(port: number): Promise<string> {
  const client = new pg.Client({
    connectionString: `postgres://postgres@127.0.0.1:${port}/postgres`,
    connectionTimeoutMillis: answerWithinMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${database}`)
  } finally {
    await client.end().catch(() => {})
  }
  return `postgres://postgres@127.0.0.1:${port}/${database}`
}

function askRedis({ host, port }: RedisAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: answerWithinMs })
    socket.once('connect', () => resolve(void socket.destroy()))
    socket.once('timeout', () => reject(new Error('no answer', { cause: socket.destroy() })))
    socket.once('error', reject)
  })
}

async function askRabbit(url: string): Promise<void> {
  const connection = await amqp.connect(url, { timeout: answerWithinMs })
  await connection.close()
}

/**
 * Looks for what the orchestrator works with: where the settings say, else at the standard ports of this machine, else it starts a server of its own where it
 * is installed (RabbitMQ takes too long for that), else it does without. Throws a
 * `StartError` where a setting names something that does not answer.
 */
export async function discover(config: Config, { embedded }: { readonly embedded: boolean }): Promise<Found> {
  const lines: string[] = []
  const servers: PrivateServer[] = []

  async function findDatabase(): Promise<string | undefined> {
    const { databaseUrl } = config
    if (databaseUrl !== undefined) {
      const failed = await attempt(() => askPostgres(databaseUrl))
      if (failed) throw new StartError(`DATABASE_URL cannot be reached (${failed.message}): start PostgreSQL, or leave the setting out`)
      lines.push(`PostgreSQL   ${shown(databaseUrl)}`)
      return databaseUrl
    }
    const local = embedded ? new Error('not asked for') : await attempt(() => localPostgres(5432))
    if (typeof local === 'string') {
      lines.push(`PostgreSQL   ${shown(local)} (found on this machine)`)
      return local
    }
    const own = embedded ? null : await startPostgres(config.dataDir)
    if (own !== null) {
      servers.push(own)
      const url = await untilItAnswers(() => localPostgres(own.port))
      lines.push(`PostgreSQL   ${shown(url)} (started for this, its data in ${own.folder})`)
      return url
    }
    lines.push(`PostgreSQL   none (${local.message}): SQLite in ${config.dataDir}`)
    return undefined
  }

  async function findRedis(): Promise<RedisAddress | undefined> {
    const { redis = { host: '127.0.0.1', port: 6379 } } = config
    const answer = embedded && config.redis === undefined ? new Error('not asked for') : await attempt(() => askRedis(redis))
    const where = `${redis.host}:${redis.port}`
    if (!(answer instanceof Error)) {
      lines.push(`Redis        ${where}${config.redis === undefined ? ' (found on this machine)' : ''}`)
      return redis
    }
    if (config.redis !== undefined)
      throw new StartError(
        `Redis at ${where} cannot be reached (${answer.message}): start it, or set REDIS_HOST, REDIS_PORT or ENVIRONMENT`,
      )
    const own = embedded ? null : await startRedis()
    if (own !== null) {
      servers.push(own)
      const address = { host: '127.0.0.1', port: own.port }
      await untilItAnswers(() => askRedis(address))
      lines.push(`Redis        127.0.0.1:${own.port} (started for this)`)
      return address
    }
    lines.push(`Redis        none (${answer.message}): one node alone, or PostgreSQL between several`)
    return undefined
  }

  async function findRabbit(): Promise<string | undefined> {
    const url = config.rabbitmqUrl ?? 'amqp://guest:guest@127.0.0.1:5672'
    const answer = embedded && config.rabbitmqUrl === undefined ? new Error('not asked for') : await attempt(() => askRabbit(url))
    if (!(answer instanceof Error)) {
      lines.push(`RabbitMQ     ${shown(url)}${config.rabbitmqUrl === undefined ? ' (found on this machine)' : ''}`)
      return url
    }
    if (config.rabbitmqUrl !== undefined)
      throw new StartError(`RABBITMQ_URL cannot be reached (${answer.message}): start RabbitMQ, or leave the setting out`)
    lines.push(`RabbitMQ     none (${answer.message}): workers look for orders in the database`)
    return undefined
  }

  const { databaseUrl: _, redis: __, rabbitmqUrl: ___, ...rest } = config
  const [databaseUrl, redis, rabbitmqUrl] = [await findDatabase(), await findRedis(), await findRabbit()]
  return {
    lines,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
    config: {
      ...rest,
      ...(databaseUrl !== undefined && { databaseUrl }),
      ...(redis !== undefined && { redis }),
      ...(rabbitmqUrl !== undefined && { rabbitmqUrl }),
    },
  }
}
