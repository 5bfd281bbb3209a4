import { setTimeout as pause } from 'node:timers/promises'
import type { Pair, Server } from '../pair.ts'
import { openAccount, processMs } from '../process/accounts.ts'
import type { Figure, Scenario } from '../scenario.ts'
import type { Publishing } from '../servers/commands.ts'
import { assertComplete, type Streamed, type Streaming, stream } from './stream.ts'

const nodeCounts = [1, 2, 3] as const
const connections = 600
const channels = { total: 60, each: 3 } as const
const perSecond = 300
const readers = (connections * channels.each) / channels.total
const group = 'readers'
const load: Omit<Streaming, 'seconds'> = {
  ...{ deliveries: ['durable'], firstMill: 1, mills: channels.total, perSecond, perTurn: 1 },
  ...{ group, readers },
}
const warmUpSeconds = 2

export interface Share {
  readonly connections: number
  readonly firstUser: number
  readonly perSecond: number
  /** So much later than the first it begins to publish, that no two nodes are at the same channel. */
  readonly afterMs: number
}

/** What each of the nodes takes of the load, which is the same in all, however many they are. */
export function sharesOf(nodes: number): readonly Share[] {
  const each = { connections: connections / nodes, perSecond: perSecond / nodes }
  const roundMs = (channels.total * 1_000) / each.perSecond
  return Array.from({ length: nodes }, (_, node) => ({
    ...each,
    firstUser: node * each.connections,
    afterMs: (node * roundMs) / nodes,
  }))
}

/** All nodes as the one server of a stream: each publishes its share. */
function together(servers: readonly Server[], first: Server): Server {
  return {
    ...first,
    async publish({ count, ...publishing }: Publishing) {
      const published = await Promise.all(
        sharesOf(servers.length).map(async (share, node) => {
          await pause(share.afterMs)
          return servers[node]?.publish({ ...publishing, perSecond: share.perSecond, count: count / servers.length })
        }),
      )
      return { refused: published.reduce((sum, answer) => sum + (answer?.refused ?? 0), 0) }
    },
  }
}

export interface Books {
  readonly nodesMs: number
  readonly redisMs: number
  readonly postgresMs: number
  readonly publishes: number
  readonly redisBytesOut: number
}

/** Opens the books of all that serve; what it returns closes them. */
async function openBooks({ servers, database, redis }: Pair): Promise<() => Promise<Books>> {
  if (database === null || redis === null) throw new Error('a cluster has a database and a Redis')
  async function read() {
    const backends = new Map((await database?.backends())?.map((pid) => [pid, processMs(pid)]))
    return { backends, nodesMs: servers.reduce((sum, { pid }) => sum + processMs(pid), 0), redis: await redis?.totals() }
  }
  const start = await read()
  return async () => {
    const end = await read()
    const [before, after] = [start.redis, end.redis]
    if (before === undefined || after === undefined) throw new Error('Redis did not tell what it has done')
    return {
      nodesMs: end.nodesMs - start.nodesMs,
      redisMs: after.cpuMs - before.cpuMs,
      // One that came meanwhile began with nothing.
      postgresMs: [...end.backends].reduce((sum, [pid, ms]) => sum + ms - (start.backends.get(pid) ?? 0), 0),
      publishes: after.publishes - before.publishes,
      redisBytesOut: after.bytesOut - before.bytesOut,
    }
  }
}

export function growthFigures(nodes: number, { received, expected }: Pick<Streamed, 'received' | 'expected'>, books: Books): Figure[] {
  const publications = expected / readers
  const perDelivery = (ms: number): number => (ms * 1_000) / received.deliveries
  const figure = (key: string, label: string, unit: string, value: number): Figure => ({
    ...{ key: `${nodes}-${key}`, label: `${nodes} ${nodes === 1 ? 'node' : 'nodes'}: ${label}`, unit, better: 'lower', value },
  })
  return [
    figure('cpu', 'CPU of all nodes per delivery', 'µs', perDelivery(books.nodesMs)),
    figure('cpu-node', 'CPU of each node per delivery of the cluster', 'µs', perDelivery(books.nodesMs / nodes)),
    figure('cpu-redis', 'CPU of Redis per delivery', 'µs', perDelivery(books.redisMs)),
    figure('cpu-postgres', 'CPU of PostgreSQL’s connections per delivery', 'µs', perDelivery(books.postgresMs)),
    figure('p50', 'publish to client, p50', 'ms', received.p50Us / 1_000),
    figure('p99', 'publish to client, p99', 'ms', received.p99Us / 1_000),
    figure('messages', 'messages to Redis per publication', '', books.publishes / publications),
    figure('bytes', 'what Redis sends per publication', 'bytes', books.redisBytesOut / publications),
  ]
}

/**
 * The same load on 1, 2 and 3 nodes, which share a core: what a delivery costs, and what of it grows with the nodes. Who else takes of the machine is
 * told with Redis and PostgreSQL left out.
 */
export const growth: Scenario = {
  name: 'growth',
  subjects: ['millrace'],
  async run({ start, seconds }) {
    const figures: Figure[] = []
    for (const nodes of nodeCounts)
      await start(
        async (pair) => {
          for (const [node, share] of sharesOf(nodes).entries()) {
            const to = pair.servers[node]
            if (to === undefined) throw new Error('each node is a server')
            await pair.connect(group, share.connections, { to, firstUser: share.firstUser, mills: channels })
          }
          const all = { ...pair, server: together(pair.servers, pair.server) }
          await stream(all, { ...load, seconds: warmUpSeconds })
          const books = await openBooks(pair)
          const account = openAccount(pair)
          const streamed = await stream(all, { ...load, seconds })
          const closed = await books()
          const { loadShare, othersShare, ...rest } = account()
          assertComplete(streamed)
          const ownShare = (closed.nodesMs - rest.serverMs + closed.redisMs + closed.postgresMs) / (seconds * 1_000)
          const shared = { ...rest, loadShare, othersShare: Math.max(0, othersShare - ownShare) }
          figures.push(...growthFigures(nodes, streamed, closed).map((figure) => ({ ...figure, account: shared })))
        },
        { postgres: true, nodes },
      )
    return figures
  },
}
