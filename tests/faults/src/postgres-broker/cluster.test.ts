import { createClient } from '@millrace/client'
import { channel, defineContract, event } from '@millrace/contract'
import type { Broker } from '@millrace/server'
import { postgresBroker, postgresStore } from '@millrace/server/postgres'
import { startTestServer } from '@millrace/server/testing'
import { eventually, type PrivatePostgres, startPrivatePostgres, systemClock } from '@millrace-tests/support'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { postgresIsThere } from '../postgres/test-server.ts'
import { startTcpProxy } from '../tcp-proxy.ts'

const n = z.object({ n: z.number() })
const contract = defineContract({
  channels: {
    mill: channel('mill:{id}', {
      events: { e: event(n), state: event(n, { delivery: 'retained' }), typing: event(n, { delivery: 'volatile' }) },
    }),
  },
})
const mill = contract.channels.mill({ id: '1' })

/** A node on a store and a broker of its own. */
async function startNode({ storeUrl, brokerUrl, wrap = (broker) => broker }: NodeOptions) {
  const store = await postgresStore({ url: storeUrl })
  const broker = wrap(await postgresBroker({ url: brokerUrl }))
  const server = await startTestServer({ contract, store, broker, clock: systemClock, policy: { mill: () => true } })
  return {
    server,
    async [Symbol.asyncDispose]() {
      await server.close()
      await broker.close()
      await store.close()
    },
  }
}
interface NodeOptions {
  readonly storeUrl: string
  readonly brokerUrl: string
  readonly wrap?: (broker: Broker) => Broker
}
type Node = Awaited<ReturnType<typeof startNode>>

/** A client of a node, with what it has heard. */
async function join({ server }: Node) {
  const token = await server.mint({ userId: 'asha' })
  const client = createClient({ contract, url: server.url, token: () => token })
  const heard: number[] = []
  const states: number[] = []
  const signals: number[] = []
  const following = client.channel(mill)
  following.on('e', (data) => heard.push(data.n))
  following.on('state', (data) => states.push(data.n))
  following.on('typing', (data) => signals.push(data.n))
  await eventually('live', () => following.status.getSnapshot().state === 'live')
  return { heard, states, signals, [Symbol.dispose]: () => client.close() }
}

async function connect(url: string) {
  const client = new Client({ connectionString: url })
  await client.connect()
  return { client, [Symbol.asyncDispose]: () => client.end() }
}

async function commit({ server }: Node, client: Client, number: number): Promise<void> {
  await client.query('BEGIN')
  await server.rt.publish(mill, 'e', { n: number }, { tx: client })
  await client.query('COMMIT')
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

/** A broker of a node that dies before it has handed anything over. */
function mute(broker: Broker): Broker {
  return {
    lossless: broker.lossless,
    publish: async () => {},
    subscribe: (key) => broker.subscribe(key),
    unsubscribe: (key) => broker.unsubscribe(key),
    listen: (handler, onRestored) => broker.listen(handler, onRestored),
    check: () => broker.check(),
    close: () => broker.close(),
  }
}

describe.runIf(postgresIsThere)('nodes that share one PostgreSQL and nothing else', () => {
  let postgres: PrivatePostgres
  let databases = 0
  beforeAll(async () => {
    postgres = await startPrivatePostgres()
  })
  afterAll(() => postgres[Symbol.asyncDispose]())

  /** A database of the test's own. */
  async function newDatabase(): Promise<string> {
    await using admin = await connect(postgres.url)
    const name = `test_${databases++}`
    await admin.client.query(`CREATE DATABASE ${name}`)
    return postgres.url.replace(/postgres$/, name)
  }

  it('[OUT1] [DLV1] bring what commits on one node to the clients of another, in order and once, whichever node moves it', async () => {
    const url = await newDatabase()
    const at = { storeUrl: url, brokerUrl: url }
    await using first = await startNode(at)
    await using second = await startNode(at)
    using here = await join(first)
    using there = await join(second)
    await using app = await connect(url)
    for (const number of upTo(100)) await commit(number % 2 === 0 ? first : second, app.client, number)
    await eventually('all are there', () => here.heard.length === 100 && there.heard.length === 100)
    expect([here.heard, there.heard]).toEqual([upTo(100), upTo(100)])
    await app.client.query('BEGIN')
    await first.server.rt.publish(mill, 'e', { n: -1 }, { tx: app.client })
    await app.client.query('ROLLBACK')
    await first.server.rt.publish(mill, 'state', { n: 1 })
    await first.server.rt.publish(mill, 'typing', { n: 2 })
    await first.server.rt.publish(mill, 'e', { n: 100 })
    await eventually('the other classes, too', () => there.states.length === 1 && there.signals.length === 1 && there.heard.length === 101)
    expect([there.states, there.signals, there.heard.at(-1)]).toEqual([[1], [2], 100])
  })

  it('[DLV1] find within a second, in the store, what a node has moved and not handed over', async () => {
    const url = await newDatabase()
    const at = { storeUrl: url, brokerUrl: url }
    await using first = await startNode({ ...at, wrap: mute })
    await using second = await startNode(at)
    using there = await join(second)
    await using app = await connect(url)
    for (const number of upTo(10)) {
      await first.server.rt.publish(mill, 'e', { n: 2 * number })
      // The node that was there first relays.
      await commit(first, app.client, 2 * number + 1)
    }
    await first.server.rt.publish(mill, 'state', { n: 7 })
    const from = Date.now()
    await eventually('all are there', () => there.heard.length === 20 && there.states.length === 1)
    expect(Date.now() - from).toBeLessThan(1_500)
    expect(there.heard).toEqual(upTo(20))
  })

  it('[HLT2] [DLV1] lose nothing durable when the broker’s way is cut, silent or back', async () => {
    const url = await newDatabase()
    await using proxy = await startTcpProxy({ targetPort: postgres.port })
    const brokerUrl = url.replace(String(postgres.port), String(proxy.port))
    await using first = await startNode({ storeUrl: url, brokerUrl: url })
    await using second = await startNode({ storeUrl: url, brokerUrl })
    using there = await join(second)
    await using app = await connect(url)
    let sent = 0
    async function some(): Promise<void> {
      for (let count = 0; count < 10; count += 1) {
        await commit(first, app.client, sent++)
        await first.server.rt.publish(mill, 'e', { n: sent++ })
      }
    }
    await some()
    for (const fault of ['reset', 'black-hole'] as const) {
      proxy.door = fault === 'reset' ? 'refuse' : 'black-hole'
      proxy.applyToAll({ kind: fault })
      await some()
      const published = sent
      await eventually('they come from the store', () => there.heard.length === published)
      await eventually('the node is not ready', async () => !(await second.server.rt.health()).ready, { ms: 6_000 })
      proxy.door = 'open'
      await eventually('the node is ready', async () => (await second.server.rt.health()).ready, { ms: 10_000 })
      await some()
    }
    await eventually('all are there', () => there.heard.length === sent)
    expect(there.heard).toEqual(upTo(sent))
  })
})
