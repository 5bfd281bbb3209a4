import { createClient, type MillraceClient } from '@millrace/client'
import { testSecret } from '@millrace/server/testing'
import { eventually, mintToken, pause, seededRandom, systemClock, type TestContract, testContract } from '@millrace-tests/support'
import { type Cluster, startCluster } from './cluster.ts'
import type { BrokerKind } from './faults.ts'

export interface RollingOptions {
  readonly seed: number
  readonly broker: BrokerKind
  readonly clients: number
}

export interface RollingReport {
  readonly published: number
  /** Clients that did not hear each publication once and in order, with what they heard. */
  readonly complaints: readonly string[]
  /** How long clients were away, per visit that ended: median, 99 of 100, the longest. */
  readonly awayMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly reconnects: number
  /** Exit codes of the processes that were drained. */
  readonly exits: readonly (number | null)[]
}

const mills = ['1', '2', '3', '4']
const publishEveryMs = 250
const limits = { connectionsPerAddress: { perSecond: 10_000, burst: 50_000 }, messagesPerAddress: { perSecond: 100_000, burst: 100_000 } }

interface Reader {
  readonly millId: string
  readonly client: MillraceClient<TestContract>
  readonly heard: string[]
  readonly away: number[]
  ready: boolean
}

function startReader(url: string, name: string, millId: string, random: () => number): Reader {
  const token = mintToken(testSecret, { sub: name, tenant: 'acme', mills })
  const client = createClient({ contract: testContract, url, token: () => token, transports: ['websocket'], random, onError: () => {} })
  const reader: Reader = { millId, client, heard: [], away: [], ready: false }
  client.channel(testContract.channels.mill({ millId })).subscribe({
    on: { 'purchase:created': ({ id }) => reader.heard.push(id) },
    load: () => {
      reader.ready = true
    },
  })
  let since: number | null = null
  client.connection.subscribe(() => {
    const connected = client.connection.getSnapshot().state === 'live'
    if (!connected) since ??= systemClock.now()
    else if (since !== null) {
      if (reader.ready) reader.away.push(systemClock.now() - since)
      since = null
    }
  })
  return reader
}

/** Restarts three nodes one after the other while clients listen and others publish (HLT3). */
export async function runRolling({ seed, broker, clients: count }: RollingOptions): Promise<RollingReport> {
  const random = seededRandom(seed)
  await using cluster = await startCluster({ nodes: 3, broker, settings: { limits } })
  const readers: Reader[] = []
  try {
    for (let n = 0; n < count; n++) {
      readers.push(startReader(cluster.url, `reader-${n}`, random.pick(mills), () => random.next()))
      // A crowd comes, it does not appear.
      if (n % 20 === 19) await pause(20)
    }
    await eventually('everybody listens', () => readers.every(({ ready }) => ready), { ms: 60_000 })
    const publishing = publishUntilStopped(cluster)
    const exits: (number | null)[] = []
    for (const node of cluster.nodes) {
      const ending = node.process.child.exited
      await node.replace('SIGTERM', 0)
      exits.push((await ending).code)
      await eventually('the new process is ready', async () => (await node.process.health()).ready, { ms: 20_000 })
    }
    const published = await publishing.stop()
    const due = (millId: string): readonly string[] => published.get(millId) ?? []
    await eventually('everybody has heard the last', () => readers.every(({ millId, heard }) => heard.at(-1) === due(millId).at(-1)), {
      ms: 30_000,
    }).catch(() => {})
    const away = readers.flatMap((reader) => reader.away).sort((a, b) => a - b)
    const at = (share: number): number => away[Math.min(away.length - 1, Math.floor(away.length * share))] ?? 0
    return {
      published: [...published.values()].reduce((sum, { length }) => sum + length, 0),
      complaints: readers.flatMap(({ millId, heard }, index) =>
        heard.join() === due(millId).join() ? [] : [`reader-${index} of mill ${millId} heard ${heard.length} of ${due(millId).length}`],
      ),
      awayMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
      reconnects: away.length,
      exits,
    }
  } finally {
    for (const { client } of readers) client.close()
  }
}

/** To whichever node is up; what a node does not answer is published again, with the same key. */
function publishUntilStopped({ nodes }: Cluster): { stop(): Promise<ReadonlyMap<string, readonly string[]>> } {
  const published = new Map<string, string[]>(mills.map((millId) => [millId, []]))
  let running = true
  let turn = 0
  async function publish(millId: string, id: string): Promise<void> {
    for (;;) {
      const up = nodes.filter(({ isUp }) => isUp)
      const node = up[turn++ % Math.max(1, up.length)]
      const control = { channel: `mill:${millId}`, event: 'purchase:created', data: { id, kg: 1 }, idempotencyKey: id }
      const done = await node?.process.publish(control).then(
        () => true,
        () => false,
      )
      if (done) return
      await pause(50)
    }
  }
  const work = mills.map(async (millId) => {
    for (let n = 1; running; n++) {
      await publish(millId, `${millId}-${n}`)
      published.get(millId)?.push(`${millId}-${n}`)
      await pause(publishEveryMs)
    }
  })
  return {
    async stop() {
      running = false
      await Promise.all(work)
      return published
    },
  }
}
