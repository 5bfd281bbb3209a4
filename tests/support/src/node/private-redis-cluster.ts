import { eventually } from './deadline.ts'
import { freePort } from './free-port.ts'
import { type PrivateRedis, startPrivateRedis } from './private-redis.ts'

/** A Redis Cluster of the test's own: three primaries. */
export interface PrivateRedisCluster extends AsyncDisposable {
  readonly servers: readonly PrivateRedis[]
  /** Starts a replica of one of them, and answers once it may take its place. */
  addReplica(of: PrivateRedis): Promise<void>
  /** Gives a slot to another server. */
  move(slot: number, to: PrivateRedis): Promise<void>
}

const ranges = ['0 5460', '5461 10922', '10923 16383']

async function startServer(): Promise<{ readonly bus: number; readonly server: PrivateRedis }> {
  const bus = await freePort()
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-port', String(bus)]
  return { bus, server: await startPrivateRedis({ settings }) }
}
async function idOf(server: PrivateRedis): Promise<string> {
  return /[0-9a-f]{40}/.exec(await server.ask('CLUSTER MYID'))?.[0] ?? ''
}

export async function startPrivateRedisCluster(): Promise<PrivateRedisCluster> {
  const started = await Promise.all(ranges.map(startServer))
  const servers = started.map(({ server }) => server)
  const replicas: PrivateRedis[] = []
  const [first] = servers
  if (first === undefined) throw new Error('a cluster has servers')
  for (const [index, { bus, server }] of started.entries()) {
    await server.ask(`CLUSTER ADDSLOTSRANGE ${ranges[index]}`)
    if (server !== first) await first.ask(`CLUSTER MEET 127.0.0.1 ${server.port} ${bus}`)
  }
  await eventually('the cluster is whole', async () => (await Promise.all(servers.map((server) => isWhole(server, 3)))).every(Boolean), {
    ms: 20_000,
  })

  return {
    servers,
    async addReplica(of) {
      const { bus, server } = await startServer()
      replicas.push(server)
      await first.ask(`CLUSTER MEET 127.0.0.1 ${server.port} ${bus}`)
      await eventually(
        'the replica is known',
        async () => (await Promise.all([...servers, server].map((each) => isWhole(each, 4)))).every(Boolean),
        { ms: 20_000 },
      )
      await server.ask(`CLUSTER REPLICATE ${await idOf(of)}`)
      await eventually('it follows', async () => (await server.ask('INFO replication')).includes('master_link_status:up'), { ms: 20_000 })
    },
    async move(slot, to) {
      const id = await idOf(to)
      // The new owner is the first to know.
      for (const server of [to, ...servers.filter((other) => other !== to)]) await server.ask(`CLUSTER SETSLOT ${slot} NODE ${id}`)
    },
    async [Symbol.asyncDispose]() {
      for (const server of [...servers, ...replicas]) await server[Symbol.asyncDispose]()
    },
  }
}

async function isWhole(server: PrivateRedis, count: number): Promise<boolean> {
  const info = await server.ask('CLUSTER INFO')
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}\r`)
}
