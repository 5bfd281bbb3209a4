import { randomBytes } from 'node:crypto'
import { openTestRabbit } from '@millrace-tests/support'
import amqp from 'amqplib'
import pg from 'pg'

/** A database and names of the test's own on a PostgreSQL, a Redis and a RabbitMQ that others may use too. */
export interface Services extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
}

async function onPostgres(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

async function deleteQueue(url: string, queue: string): Promise<void> {
  const connection = await amqp.connect(url)
  const channel = await connection.createChannel()
  await channel.deleteQueue(queue)
  await connection.close()
}

function required(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is set before the tests begin`)
  return value
}

export async function openServices(): Promise<Services> {
  const [postgres, redis] = [required('TEST_POSTGRES_URL'), new URL(required('TEST_REDIS_URL'))]
  const rabbit = await openTestRabbit()
  if (rabbit === null) throw new Error('there is no RabbitMQ: start one, set TEST_RABBITMQ_URL, or install rabbitmq-server')
  const name = `erpmax_test_${randomBytes(6).toString('hex')}`
  await onPostgres(postgres, `create database ${name}`)
  const url = new URL(postgres)
  url.pathname = `/${name}`
  return {
    env: {
      ENVIRONMENT: 'production',
      DATABASE_URL: url.href,
      REDIS_HOST: redis.hostname,
      REDIS_PORT: redis.port || '6379',
      REDIS_PASSWORD: decodeURIComponent(redis.password),
      RABBITMQ_URL: rabbit.url,
      PROVISIONING_QUEUE: name,
    },
    async [Symbol.asyncDispose]() {
      await onPostgres(postgres, `drop database if exists ${name} with (force)`)
      for (const queue of [name, `${name}.events`, `${name}.events.dead`]) await deleteQueue(rabbit.url, queue)
      await rabbit[Symbol.asyncDispose]()
    },
  }
}
