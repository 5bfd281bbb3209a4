import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** A database and names of the test's own on a PostgreSQL, a Redis and a RabbitMQ that it shares with others. */
export interface Services extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
}

const postgres = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const redis = new URL(process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379')
const rabbit = process.env.TEST_RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5672'

async function ask(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

export async function openServices({ rabbitmq = true }: { readonly rabbitmq?: boolean } = {}): Promise<Services> {
  const name = `erpmax_test_${randomBytes(6).toString('hex')}`
  await ask(`create database ${name}`)
  const url = new URL(postgres)
  url.pathname = `/${name}`
  return {
    env: {
      ENVIRONMENT: 'production',
      DATABASE_URL: url.href,
      REDIS_HOST: redis.hostname,
      REDIS_PORT: redis.port || '6379',
      REDIS_PASSWORD: decodeURIComponent(redis.password),
      ...(rabbitmq && { RABBITMQ_URL: rabbit, PROVISIONING_QUEUE: name }),
    },
    async [Symbol.asyncDispose]() {
      await ask(`drop database if exists ${name} with (force)`)
    },
  }
}
