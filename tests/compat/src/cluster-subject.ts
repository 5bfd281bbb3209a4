import { randomUUID } from 'node:crypto'
import type { Store } from '@millrace/server'
import { postgresStore } from '@millrace/server/postgres'
import { redisBroker } from '@millrace/server/redis'
import { manualClock, startTestServer, type TestServer, testSecret } from '@millrace/server/testing'
import { startTcpProxy } from '@millrace-tests/faults/tcp-proxy'
import { mintToken, startPrivateRedis, type TestContract, testContract } from '@millrace-tests/support'
import { behaviour } from '@millrace-tests/support/server'
import { Client } from 'pg'
import type { Subject, SubjectOptions } from './subject.ts'

const hour = 3_600_000
const limits = { outboundMaxBytes: 16_777_216 }
const admin = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function newDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `millrace_compat_${randomUUID().replaceAll('-', '')}`
  async function run(sql: string): Promise<void> {
    const client = new Client({ connectionString: admin })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  await run(`CREATE DATABASE ${name}`)
  const url = new URL(admin)
  url.pathname = name
  return { url: url.href, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) }
}

/**
 * Two nodes on PostgreSQL and Redis. `sticky`: clients stay with the first node, and everything is published on the second one. Else each new
 * connection goes to the next node, as behind a balancer without stickiness.
 */
export function startClusterSubject(sticky: boolean) {
  return async ({ compression = false }: SubjectOptions = {}): Promise<Subject> => {
    const clock = manualClock()
    const [database, redis] = await Promise.all([newDatabase(), startPrivateRedis()])
    const nodes: { server: TestServer<TestContract>; store: Store; close(): Promise<void> }[] = []
    async function up(index: number, port: number): Promise<void> {
      const store = await postgresStore({ url: database.url })
      const broker = await redisBroker({ url: redis.url })
      const server = await startTestServer({ ...behaviour, clock, port, compression, limits, store, broker })
      nodes[index] = {
        ...{ server, store },
        async close() {
          await server.close()
          await broker.close()
          await store.close()
        },
      }
    }
    await up(0, 0)
    await up(1, 0)
    const portOf = (index: number): number => nodes[index]?.server.port ?? 0
    let next = 0
    const front = await startTcpProxy({ targetPort: () => portOf(sticky ? 0 : next++ % 2) })
    const seconds = (ms: number) => Math.floor(ms / 1_000)
    const second = (): TestServer<TestContract> => {
      const server = nodes[1]?.server
      if (server === undefined) throw new Error('the second node is not up')
      return server
    }

    return {
      url: `http://127.0.0.1:${front.port}`,
      token: (claims) => mintToken(testSecret, { tenant: 'acme', ...claims }, seconds(clock.now() + hour)),
      expiredToken: (claims) => mintToken(testSecret, { tenant: 'acme', ...claims }, seconds(clock.now() - hour)),
      async publish(millId, purchase) {
        await second().rt.publish(testContract.channels.mill({ millId }), 'purchase:created', purchase)
      },
      async endForNow() {
        await clock.advance(hour + 2_000)
      },
      endForGood: (userId) => second().rt.revoke(userId),
      async restart() {
        const ports = [portOf(0), portOf(1)]
        for (const node of nodes) await node.close()
        for (const [index, port] of ports.entries()) await up(index, port)
      },
      async close() {
        for (const node of nodes) await node.close()
        await front.close()
        await redis[Symbol.asyncDispose]()
        await database.drop()
      },
    }
  }
}
