import { testSecret } from '@millrace/server/testing'
import { eventually, mintToken, pause, type Random, seededRandom, systemClock } from '@millrace-tests/support'
import type { LogAnswer, TestProcess } from '@millrace-tests/support/server'
import { judge, type Verdict } from '../run/judge.ts'
import { type Publisher, startBuyer, startKeyedPublisher, startRequester } from '../run/publishers.ts'
import { startStockSubscriber } from '../run/stock-subscriber.ts'
import { type Subscriber, startSubscriber } from '../run/subscriber.ts'
import { applyFault, recoveredAfter } from './apply.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { type BrokerKind, type ClusterFaultKind, clusterSchedule } from './faults.ts'
import { ghostsOf } from './ghosts.ts'

export interface ClusterRunOptions {
  readonly seed: number
  readonly seconds: number
  readonly broker: BrokerKind
  readonly kinds: readonly ClusterFaultKind[]
  /** Mean time between two faults. */
  readonly everyMs: number
  readonly tell?: (line: string) => void
}

export interface ClusterReport {
  readonly verdict: Verdict
  /** Presence members that stand for nobody, or people whom a node does not see, 15 s after all was mended (PRE2). */
  readonly ghosts: readonly string[]
  /** The longest that it took until every node was ready again, after each fault was mended (HLT1); null: it took more than 30 s. */
  readonly recoveryMs: number | null
  /** Processes that ended by themselves (HLT2). */
  readonly ended: number
  readonly faults: Readonly<Record<string, number>>
  readonly published: number
  readonly received: number
  /** Channels that were brought up to date from the store. */
  readonly repaired: number
  /** What the newest process of each node wrote last. */
  readonly lines: readonly string[]
}

const mills = ['1', '2', '3']
/** Only business transactions publish here. */
const shopMill = 'shop'
const everyMill = [...mills, shopMill]
const settings = {
  heartbeat: { intervalMs: 1_000, timeoutMs: 1_500 },
  limits: {
    messagesPerConnection: { perSecond: 1_000, burst: 5_000 },
    messagesPerUser: { perSecond: 1_000, burst: 5_000 },
    connectionsPerAddress: { perSecond: 1_000, burst: 5_000 },
  },
}
const transports = ['websocket'] as const
const readyWithinMs = 30_000
const quietWithinMs = 30_000

const tokenFor = (userId: string, of: readonly string[]) => mintToken(testSecret, { sub: userId, tenant: 'acme', mills: of })

/** Publishers and subscribers on several nodes, faults of every part; then quiet, and the comparison. */
export async function runCluster({ seed, seconds, broker, kinds, everyMs, tell = () => {} }: ClusterRunOptions): Promise<ClusterReport> {
  const random = seededRandom(seed)
  await using cluster = await startCluster({ nodes: 3, broker, settings })
  const { front, url, nodes } = cluster
  const someNode = (): TestProcess => random.pick(nodes).process
  const subscribers = everyMill.flatMap((millId) =>
    [0, 1, 2].map((index) => {
      const name = `reader-${millId}-${index}`
      return startSubscriber({ name, url, token: tokenFor(name, everyMill), millId, transports, random: random.fork() })
    }),
  )
  const stock = everyMill.map((millId) => {
    const name = `stock-${millId}`
    return startStockSubscriber({ name, url, token: tokenFor(name, [millId]), millId, transports })
  })
  try {
    await Promise.all(subscribers.map(({ started }) => started))
    const publishers = startPublishers(someNode, url, random)
    const steps = clusterSchedule({ seed, kinds, durationMs: seconds * 1_000, everyMs })
    const faults = new Map<string, number>()
    let recoveryMs: number | null = 0
    const startedAt = systemClock.now()
    // One after the other: what a fault does is seen before the next one covers it.
    for (const step of steps) {
      await pause(Math.max(0, startedAt + step.atMs - systemClock.now()))
      tell(`${step.kind}, ${step.forMs} ms`)
      await applyFault(cluster, step)
      faults.set(step.kind, (faults.get(step.kind) ?? 0) + 1)
      const took = await recoveredAfter(cluster, systemClock.now, readyWithinMs)
      tell(`  ready after ${took ?? 'never'} ms`)
      recoveryMs = took === null || recoveryMs === null ? null : Math.max(recoveryMs, took)
      if (systemClock.now() - startedAt > seconds * 1_500) break
    }
    await Promise.all(publishers.map((publisher) => publisher.stop()))
    tell('published; waiting for quiet')
    const logs = await quiet(cluster, subscribers)
    const ghosts = await ghostsOf(nodes, stock)

    const histories = subscribers.map(({ history }) => history)
    return {
      verdict: judge({
        ...{ logs, histories, stock },
        attempts: publishers.flatMap((publisher) => publisher.attempts),
        shop: { channel: `mill:${shopMill}`, rows: await someNode().rows() },
      }),
      ...{ ghosts, recoveryMs },
      ended: nodes.filter(({ process }) => !process.child.alive).length,
      faults: Object.fromEntries(faults),
      published: [...logs.values()].reduce((sum, { head }) => sum + head, 0),
      received: histories.reduce((sum, { items }) => sum + items.length, 0),
      repaired: await repairedBy(nodes.map(({ process }) => process)),
      lines: nodes.flatMap(({ process }) => process.child.lines.slice(-15)),
    }
  } catch (error) {
    for (const { process } of nodes)
      if (!process.child.alive) tell(`a process has ended by itself:\n${process.child.lines.slice(-60).join('\n')}`)
    throw error
  } finally {
    for (const each of [...subscribers, ...stock]) each.close()
    front.applyToAll({ kind: 'reset' })
  }
}

function startPublishers(server: () => TestProcess, url: string, random: Random): Publisher[] {
  const options = (name: string, everyMs: number) => ({ name, everyMs, random: random.fork() })
  return [
    ...['a', 'b', 'c', 'd'].map((name) => startKeyedPublisher(server, mills, options(`keyed-${name}`, 15))),
    ...['a', 'b'].map((name) => startBuyer(server, shopMill, options(`buyer-${name}`, 25))),
    ...['a', 'b'].map((name) => startRequester(url, tokenFor(`requester-${name}`, mills), mills, options(`requester-${name}`, 25))),
  ]
}

/** Resolves with the logs once every subscriber has come to the head of its own. */
async function quiet({ nodes: [first] }: Cluster, subscribers: readonly Subscriber[]): Promise<ReadonlyMap<string, LogAnswer>> {
  const channels = everyMill.map((millId) => `mill:${millId}`)
  if (first === undefined) throw new Error('a cluster has nodes')
  // What has been committed last is on its way from the outbox into the log. What never comes is judged.
  const moved = async (): Promise<boolean> =>
    (await first.process.log({ channel: `mill:${shopMill}` })).head >= (await first.process.rows()).length
  await eventually('the outbox is empty', moved, { ms: quietWithinMs }).catch(() => {})
  const logs = new Map(await Promise.all(channels.map(async (channel) => [channel, await first.process.log({ channel })] as const)))
  const isThere = ({ channel, lastOffset }: Subscriber) => lastOffset >= (logs.get(channel)?.head ?? 0)
  // Who does not come is judged by the history, which says more than a deadline.
  await eventually('quiet', () => subscribers.every(isThere), { ms: quietWithinMs }).catch(() => {})
  // What is sent once too often comes now.
  await pause(500)
  return logs
}

async function repairedBy(servers: readonly TestProcess[]): Promise<number> {
  const texts = await Promise.all(servers.map((server) => server.metrics()))
  return texts.reduce((sum, text) => sum + Number(/^millrace_repaired_channels_total (\d+)/m.exec(text)?.[1] ?? 0), 0)
}
