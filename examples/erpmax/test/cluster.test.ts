import { once } from 'node:events'
import { Agent } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { pinoLogger, systemClock } from '@millrace/server'
import { eventually, within } from '@millrace-tests/support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../src/server/start/cluster.ts'
import { type Config, readConfig } from '../src/server/start/config.ts'
import { findNginx, startNginx } from '../src/server/start/nginx.ts'
import { startWorkers } from '../src/server/start/workers.ts'
import { type Person, signIn, signUp } from './support/api.ts'
import { openServices, type Services } from './support/services.ts'
import { connect, mounts, openClient, type StockClient } from './support/stock-client.ts'

// There is nothing to test where nginx is not installed: with CI=true that is a failure, elsewhere the line below says how to get it.
const nginx = findNginx()
if (nginx === null && process.env.CI === 'true') throw new Error('nginx is not installed: apt-get install -y nginx')
if (nginx === null) console.log('skipped: several nodes behind nginx. To run them: apt-get install -y nginx')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Holds: a server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe.skipIf(nginx === null)('two nodes behind nginx', () => {
  let services: Services
  let config: Config
  let cluster: Cluster
  let url: string
  let lena: Person
  let omar: Person

  beforeAll(async () => {
    services = await openServices()
    config = readConfig({ ...services.env, PORT: String(await freePort()), STEP_MS: '30', LOG_LEVEL: 'silent', JWT_SECRET: 's'.repeat(40) })
    // The nodes take free ports, nginx the one of the settings.
    cluster = await startCluster(config, { nodes: 2, sticky: false, clock: systemClock })
    url = `http://127.0.0.1:${config.port}`
    lena = await signIn(url, 'lena@acme.test')
    omar = await signIn(url, 'omar@acme.test')
  }, 120_000)
  afterAll(async () => {
    await cluster.stop()
    await services[Symbol.asyncDispose]()
  })

  const nodeUrls = () => cluster.nodes.map(({ port }) => `http://127.0.0.1:${port}`)
  const connectionsOf = async (at: string) =>
    ((await (await fetch(`${at}/health/websocket`)).json()) as { connections: number }).connections
  const told = (clients: readonly StockClient[], title: string) =>
    Promise.all(
      clients.map((client) =>
        within(
          5_000,
          title,
          client.next('notification:new', (notice: { title: string }) => notice.title === title),
        ),
      ),
    )

  it('[DLV1] reaches WebSocket clients on both nodes, without stickiness, whichever node was asked', async () => {
    const open = (person: Person, mount: (typeof mounts)[keyof typeof mounts]) =>
      connect(url, person.token, { namespace: '/notifications', mount })
    const clients = await Promise.all(
      [lena, omar, lena, omar].flatMap((person) => Object.values(mounts).map((mount) => open(person, mount))),
    )
    for (const at of nodeUrls()) expect(await connectionsOf(at)).toBeGreaterThan(0)
    for (const title of ['one', 'two', 'three'].map((word) => `${word} of them`)) {
      expect((await lena.post('/notifications', { title, message: 'to all' })).status).toBe(201)
      await told(clients, title)
    }
    // Each once: what a node told, the other did not tell again.
    for (const { heard } of clients) expect(heard.filter(({ event }) => event === 'notification:new')).toHaveLength(3)
    for (const { socket } of clients) socket.disconnect()
  })

  it('refuses long polling where there is no stickiness, and says why', async () => {
    const answer = await fetch(`${url}/ws/socket.io/?EIO=4&transport=polling`)
    expect([answer.status, await answer.text()]).toEqual([400, "use transports: ['websocket'], or sticky.conf\n"])
  })

  it('serves long polling with stickiness, each address by a node of its own, and upgrades', async () => {
    const port = await freePort()
    const front = await startNginx({
      program: nginx ?? '',
      port,
      nodes: cluster.nodes.map((node) => node.port),
      sticky: true,
      clock: systemClock,
    })
    const clients: StockClient[] = []
    try {
      // Networks of their own, as far as `ip_hash` can see.
      for (const address of ['127.0.0.1', '127.7.7.7', '127.9.1.3', '127.11.4.5'])
        for (const transports of [['polling'], ['polling', 'websocket']])
          clients.push(
            await connect(`http://127.0.0.1:${port}`, lena.token, {
              namespace: '/notifications',
              transports,
              agent: new Agent({ localAddress: address }),
            }),
          )
      for (const at of nodeUrls()) expect(await connectionsOf(at)).toBeGreaterThan(0)
      await lena.post('/notifications', { title: 'by polling', message: 'to all' })
      await told(clients, 'by polling')
    } finally {
      for (const { socket } of clients) socket.disconnect()
      await front.stop()
    }
  })

  it('[JOB1] has a worker provision for a client of either node', async () => {
    const workers = startWorkers(config, systemClock, pinoLogger({ level: 'silent' }))
    try {
      const ada = await signUp(url, 'clustered')
      const [first = '', second = ''] = nodeUrls()
      const clients = await Promise.all([first, second].map((at) => connect(at, ada.token, { namespace: '/provisioning' })))
      const ends = await within(20_000, 'the end', Promise.all(clients.map((client) => client.next('status:completed'))))
      const end = { tenant_id: ada.user.tenant_id, erpnext_url: 'https://clustered.erpmax.test' }
      expect(ends).toEqual([[end], [end]])
      for (const { socket } of clients) socket.disconnect()
    } finally {
      await workers.stop()
    }
  })

  // The last one: it takes a node away.
  it('[HLT3] moves clients of a node that is stopped or killed to the other one', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => openClient(url, omar.token, { namespace: '/notifications' })))
    await Promise.all(clients.map((client) => client.next('connected')))
    await cluster.nodes[0]?.end('SIGKILL')
    const [, left = ''] = nodeUrls()
    await eventually('all are on the other node', async () => (await connectionsOf(left)) >= clients.length, { ms: 15_000 })
    expect((await lena.post('/notifications', { title: 'still here', message: 'to all' })).status).toBe(201)
    await told(clients, 'still here')
    for (const { socket } of clients) socket.disconnect()
  })
})
