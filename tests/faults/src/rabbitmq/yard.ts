import { randomUUID } from 'node:crypto'
import { type ChannelKey, type MillraceServer, memoryStore, type Store } from '@millrace/server'
import { type RabbitIngress, type RabbitIngressOptions, rabbitIngress } from '@millrace/server/rabbitmq'
import { recordingLogger, startTestServer } from '@millrace/server/testing'
import { canStartRabbit, openTestRabbit, systemClock, type TestContract, testContract } from '@millrace-tests/support'
import { connect, type GetMessage, type Options } from 'amqplib'

if (!canStartRabbit && process.env.CI === 'true') throw new Error('no RabbitMQ here: install rabbitmq-server')

/** Null where there is none: the tests that need it are left out. With CI=true it has to be there. */
export const rabbit = await openTestRabbit()
if (rabbit === null) process.stderr.write('skipped: faults of RabbitMQ, for want of rabbitmq-server\n')

/** A server, a queue of its own in RabbitMQ, and a look into both. */
export interface RabbitYard extends AsyncDisposable {
  readonly queue: string
  readonly url: string
  readonly rt: MillraceServer<TestContract>
  readonly log: ReturnType<typeof recordingLogger>
  ingress(options?: Partial<RabbitIngressOptions>): Promise<RabbitIngress>
  /** Puts messages into the queue; resolves when RabbitMQ has them safe. A text is sent as it is. */
  put(messages: readonly { readonly id?: string; readonly body: unknown; readonly options?: Options.Publish }[]): Promise<void>
  /** What waits in the queue. */
  waiting(): Promise<number>
  /** Takes every parked message out. */
  takeDead(): Promise<readonly GetMessage[]>
  /** The ids of the purchases that were published to a mill, in order. */
  published(tenant: string, mill: string): Promise<readonly string[]>
}

/** A message that publishes a purchase. */
export const purchase = (id: string, mill = '7') => ({
  id,
  body: { channel: `mill:${mill}`, event: 'purchase:created', data: { id, kg: 1 } },
})

export async function publishedIn({ log }: Store, tenant: string, mill: string): Promise<readonly string[]> {
  // Holds: written as the server makes the key of this tenant's channel.
  const key = `${tenant}/mill:${mill}` as ChannelKey
  const page = await log.read(key, { ...(await log.head(key)), offset: 0 }, 100_000)
  // Holds: the contract has checked what was published.
  return page.kind === 'page' ? page.publications.map(({ json }) => (JSON.parse(json) as { id: string }).id) : []
}

export async function openYard({ store = memoryStore() }: { readonly store?: Store } = {}): Promise<RabbitYard> {
  if (rabbit === null) throw new Error('there is no RabbitMQ')
  const { url } = rabbit
  const queue = `millrace-test-${randomUUID()}`
  const own = await connect(url)
  const channel = await own.createConfirmChannel()
  const log = recordingLogger()
  const node = await startTestServer({ contract: testContract, policy: {}, clock: systemClock, logger: log, store })
  const ingresses: RabbitIngress[] = []

  return {
    ...{ queue, url, rt: node.rt, log },
    async ingress(options = {}) {
      // Holds: a tenant, or how to tell it, is there in any case.
      const settings = { url, queue, logger: log, ...('tenantOf' in options ? {} : { tenant: 'acme' }), ...options } as RabbitIngressOptions
      const made = await rabbitIngress(node.rt, settings)
      ingresses.push(made)
      return made
    },
    async put(messages) {
      for (const { id, body, options } of messages) {
        const content = body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
        channel.sendToQueue(queue, content, {
          persistent: true,
          contentType: 'application/json',
          ...(id !== undefined && { messageId: id }),
          ...options,
        })
      }
      await channel.waitForConfirms()
    },
    waiting: async () => (await channel.checkQueue(queue)).messageCount,
    async takeDead() {
      const taken: GetMessage[] = []
      for (;;) {
        const message = await channel.get(`${queue}.dead`, { noAck: true })
        if (message === false) return taken
        taken.push(message)
      }
    },
    published: (tenant, mill) => publishedIn(store, tenant, mill),
    async [Symbol.asyncDispose]() {
      for (const ingress of ingresses) await ingress.close()
      for (const name of [queue, `${queue}.dead`]) await channel.deleteQueue(name)
      await channel.deleteExchange(`${queue}.dead`)
      await own.close()
      await node.close()
    },
  }
}
