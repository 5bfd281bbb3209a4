import { randomUUID } from 'node:crypto'
import { rabbitIngressDefaults } from '@millrace/server/rabbitmq'
import { eventually, openTestRabbit, type TestRabbit } from '@millrace-tests/support'
import { connect } from 'amqplib'
import { afterAll, describe, expect, it } from 'vitest'
import { openSamples } from './node/samples.ts'
import { nameOf, tableAfter } from './tables.ts'
import { secret } from './tokens.ts'

const rabbit: TestRabbit | null = await openTestRabbit()
if (rabbit === null && process.env.CI === 'true') throw new Error('no RabbitMQ here: install rabbitmq-server')
afterAll(() => rabbit?.[Symbol.asyncDispose]())

it('lists every bound with its default', () => {
  const rows = tableAfter('docs/guides/rabbitmq.md', '## The queues').map((row) => [nameOf(row), Number(row[1])])
  expect(Object.fromEntries(rows)).toEqual(rabbitIngressDefaults)
})

describe.runIf(rabbit !== null)('the guide to RabbitMQ', () => {
  it('[ING5] [ING6] publishes one message of its worker, and parks the other with the reason', async () => {
    if (rabbit === null) return
    const queue = `millrace-docs-${randomUUID()}`
    const samples = await openSamples('rabbitmq')
    const env = { JWT_SECRET: secret, RABBITMQ_URL: rabbit.url, QUEUE: queue }
    const server = samples.run('server.ts', { env })
    const own = await connect(rabbit.url)
    const channel = await own.createChannel()
    try {
      await eventually('the server', async () => (await fetch(`${samples.url}/health/ready`).catch(() => null))?.ok === true, {
        ms: 20_000,
      })
      // The queue is made when the ingress begins, after the server listens.
      await eventually('the worker is done', async () => (await samples.run('worker.ts', { env }).exited) === 0, { ms: 30_000 })
      await server.line(/"code":"invalid_payload".*a message was parked/)
      const dead = await channel.get(`${queue}.dead`, { noAck: true })
      expect(dead && [dead.properties.messageId, dead.properties.headers?.['millrace-code']]).toEqual(['purchase-43', 'invalid_payload'])
      expect((await channel.checkQueue(queue)).messageCount).toBe(0)
      expect(await server.kill('SIGTERM')).toBe(0)
    } finally {
      await samples.close()
      for (const name of [queue, `${queue}.dead`]) await channel.deleteQueue(name)
      await channel.deleteExchange(`${queue}.dead`)
      await own.close()
    }
  })
})
