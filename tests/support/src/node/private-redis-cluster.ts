import { eventually } from './deadline.ts'
import { freePort } from './free-port.ts'
import { type PrivateRedis, startPrivateRedis } from './private-redis.ts'

/** A Redis Cluster of the test's own: three primaries, and no replicas. */
export interface PrivateRedisCluster extends AsyncDisposable {
  readonly servers: readonly PrivateRedis[]
  /** Gives a slot to another server. */
  move(slot: number, to: PrivateRedis): Promise<void>
}

const ranges = ['0 5460', '5461 10922', '10923 16383']

export async function startPrivateRedisCluster(): Promise<PrivateRedisCluster> {
  const started = await Promise.all(
    ranges.map(async () => {
      const bus = await freePort()
      const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-port', String(bus)]
      return { bus, server: await startPrivateRedis({ settings }) }
    }),
  )
  const servers = started.map(({ server }) => server)
  const [first] = servers
  if (first === undefined) throw new Error('a cluster has servers')
  for (const [index, { bus, server }] of started.entries()) {
    await server.ask(`CLUSTER ADDSLOTSRANGE ${ranges[index]}`)
    if (server !== first) await first.ask(`CLUSTER MEET 127.0.0.1 ${server.port} ${bus}`)
  }
  await eventually('the cluster is whole', async () => (await Promise.all(servers.map(isWhole))).every(Boolean), { ms: 20_000 })

  return {
    servers,
    async move(slot, to) {
      const id = /[0-9a-f]{40}/.exec(await to.ask('CLUSTER MYID'))?.[0]
      // The new owner is the first to know.
      for (const server of [to, ...servers.filter((other) => other !== to)]) await server.ask(`CLUSTER SETSLOT ${slot} NODE ${id}`)
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]()
    },
  }
}

async function isWhole(server: PrivateRedis): Promise<boolean> {
  const info = await server.ask('CLUSTER INFO')
  return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')
}
