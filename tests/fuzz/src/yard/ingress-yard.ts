import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ChannelRef, MillraceError } from '@millrace/contract'
import { type ChannelKey, createServer, jwt, type MillraceServer, type Publish, type Published } from '@millrace/server'
import { hashApiKey, httpApi } from '@millrace/server/http'
import { postgresStore } from '@millrace/server/postgres'
import { type RabbitIngress, rabbitIngress } from '@millrace/server/rabbitmq'
import { recordingLogger, testSecret } from '@millrace/server/testing'
import { type PrivatePostgres, type TestContract, type TestRabbit, testContract } from '@millrace-tests/support'
import { behaviour, type TestProcess } from '@millrace-tests/support/server'

/** A server with every way in for other programs, and what canaries and witnesses need of it. */
export interface IngressYard extends Pick<TestProcess, 'url' | 'publish' | 'notify' | 'inbox' | 'log'> {
  readonly port: number
  readonly rt: MillraceServer<TestContract>
  readonly log: TestProcess['log']
  readonly logger: ReturnType<typeof recordingLogger>
  readonly ingress: RabbitIngress | null
  readonly queue: string
  close(): Promise<void>
}

export const apiKeys = { acme: 'mallory-secret', other: 'other-secret' } as const

interface YardOptions {
  readonly postgres: PrivatePostgres
  readonly rabbit: TestRabbit | null
  readonly queue: string
}

export async function openIngressYard({ postgres, rabbit, queue }: YardOptions): Promise<IngressYard> {
  const logger = recordingLogger()
  const store = await postgresStore({ url: postgres.url })
  const plenty = { perSecond: 100_000, burst: 100_000 }
  const rt = createServer({
    ...behaviour,
    ...{ store, logger },
    auth: jwt({ secret: testSecret, claims: { tenant: 'tenant' } }),
    limits: { connectionsPerAddress: plenty, messagesPerUser: plenty },
  })
  const all = ['publish', 'notify', 'send', 'revoke', 'read'] as const
  const api = httpApi(rt, {
    logger,
    rate: plenty,
    bodyWithinMs: 500,
    keys: Object.entries(apiKeys).map(([tenant, key]) => ({ id: tenant, hash: hashApiKey(key), scopes: all, tenants: [tenant] })),
  })
  const http = createHttpServer((request, response) => {
    if (!api.handle(request, response) && !rt.handleHttp(request, response)) response.writeHead(404).end()
  })
  rt.attach(http)
  const port = await listen(http)
  const ingress = rabbit === null ? null : await rabbitIngress(rt, { url: rabbit.url, queue, tenant: 'acme', logger })
  // Holds: what a test publishes by name is checked against the contract at run time.
  const publish = rt.publish as Publish as (channel: ChannelRef, event: string, data: unknown, options: object) => Promise<Published>
  const refOf = (name: string) => {
    const ref = testContract.resolve(name)
    if (ref === null) throw new MillraceError('unknown_channel')
    return ref
  }

  return {
    ...{ port, rt, logger, ingress, queue },
    url: `http://127.0.0.1:${port}`,
    publish: ({ channel, event, data, ...options }) => publish(refOf(channel), event, data, options),
    notify: ({ target, notification, ...options }) => rt.notify(target, notification, options),
    inbox: ({ userId, tenant = 'acme' }) => rt.inbox.list(userId, { limit: 1, tenant }),
    async log({ tenant = 'acme', channel }) {
      // Holds: written as the server makes the key of this tenant's channel.
      const key = `${tenant}/${channel}` as ChannelKey
      const { epoch, offset: head } = await store.log.head(key)
      const read = await store.log.read(key, { epoch, offset: 0 }, 100_000)
      const publications = read.kind === 'page' ? read.publications : []
      const entries = publications.map(({ id, event, json, offset }) => ({
        id,
        event,
        offset,
        data: JSON.parse(json) as unknown,
      }))
      return { epoch, head, entries }
    },
    async close() {
      await ingress?.close()
      await rt.close()
      http.closeAllConnections()
      http.close()
      await store.close()
    },
  }
}

async function listen(server: HttpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Holds: an HTTP server that listens has an address with a port.
  return (server.address() as AddressInfo).port
}
