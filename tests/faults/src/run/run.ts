import { testSecret } from '@millrace/server/testing'
import { eventually, mintToken, pause, type Random, seededRandom, tempFolder } from '@millrace-tests/support'
import { startTestProcess, type TestProcess } from '@millrace-tests/support/server'
import { faultSchedule } from '../schedule.ts'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'
import { runSchedule } from './chaos.ts'
import { judge, type Verdict } from './judge.ts'
import { type Publisher, startBuyer, startKeyedPublisher, startRequester } from './publishers.ts'
import { type StockSubscriber, startStockSubscriber } from './stock-subscriber.ts'
import { type Subscriber, startSubscriber } from './subscriber.ts'

export interface RunOptions {
  readonly seed: number
  readonly seconds: number
  readonly tell?: (line: string) => void
}

export interface RunReport {
  readonly verdict: Verdict
  readonly faults: Readonly<Record<string, number>>
  readonly published: number
  readonly received: number
  /** What the clients reported, with how often. */
  readonly reports: Readonly<Record<string, number>>
  /** What the newest server process wrote last. */
  readonly serverLines: readonly string[]
}

const mills = ['1', '2', '3']
/** Only business transactions publish here. */
const shopMill = 'shop'
const everyMill = [...mills, shopMill]
const heartbeat = { intervalMs: 1_000, timeoutMs: 1_500 }
const limits = {
  messagesPerConnection: { perSecond: 1_000, burst: 5_000 },
  messagesPerUser: { perSecond: 1_000, burst: 5_000 },
  connectionsPerAddress: { perSecond: 1_000, burst: 5_000 },
}
const quietWithinMs = 30_000

const tokenFor = (userId: string) => mintToken(testSecret, { sub: userId, tenant: 'acme', mills: everyMill })
const waysOf = (index: number) =>
  index % 3 === 2 ? (['polling'] as const) : index % 3 === 1 ? (['polling', 'websocket'] as const) : (['websocket'] as const)

/** Publishers, subscribers, a network that breaks and a server that is killed; then quiet, and the comparison. */
export async function runFaults({ seed, seconds, tell = () => {} }: RunOptions): Promise<RunReport> {
  const random = seededRandom(seed)
  await using folder = await tempFolder('faults')
  const settings = { file: `${folder.path}/store.db`, heartbeat, limits }
  let server = await startTestProcess(settings)
  const current = () => server
  await using proxy = await startTcpProxy({ targetPort: server.port })
  const url = `http://127.0.0.1:${proxy.port}`

  async function killServer(downMs: number): Promise<void> {
    await server.child.kill()
    await pause(downMs)
    server = await startTestProcess({ ...settings, port: server.port, controlPort: server.controlPort })
  }
  async function freezeServer(forMs: number): Promise<void> {
    server.child.signal('SIGSTOP')
    await pause(forMs)
    server.child.signal('SIGCONT')
  }

  const subscribers = startSubscribers(url, random)
  const stock = startStock(url)
  try {
    await Promise.all(subscribers.map(({ started }) => started))
    const publishers = startPublishers(current, url, random)
    const stopReloads = reloadNowAndThen(subscribers, random.fork())
    const durationMs = seconds * 1_000
    const faults = await runSchedule(faultSchedule({ seed, durationMs, everyMs: 400, serverEveryMs: 7_000 }), durationMs, {
      proxy,
      killServer,
      freezeServer,
    })
    await stopReloads()
    await Promise.all(publishers.map((publisher) => publisher.stop()))
    tell(`published; waiting for quiet (${proxy.accepted} connections so far)`)
    const logs = await quiet(server, proxy, subscribers)

    const attempts = publishers.flatMap((publisher) => publisher.attempts)
    const shop = { channel: `mill:${shopMill}`, rows: await server.rows() }
    const histories = subscribers.map(({ history }) => history)
    return {
      verdict: judge({ logs, attempts, shop, histories, stock }),
      faults: Object.fromEntries(faults),
      published: [...logs.values()].reduce((sum, { head }) => sum + head, 0),
      received: histories.reduce((sum, { items }) => sum + items.length, 0),
      reports: countOf(subscribers.flatMap(({ reports }) => reports)),
      serverLines: server.child.lines.slice(-50),
    }
  } finally {
    for (const each of [...subscribers, ...stock]) each.close()
    await server.child.kill()
  }
}

function startSubscribers(url: string, random: Random): Subscriber[] {
  return everyMill.flatMap((millId, mill) =>
    [0, 1, 2].map((index) => {
      const name = `reader-${millId}-${index}`
      return startSubscriber({ name, url, token: tokenFor(name), millId, transports: waysOf(mill + index), random: random.fork() })
    }),
  )
}

function startStock(url: string): StockSubscriber[] {
  return everyMill.map((millId, index) => {
    const name = `stock-${millId}`
    const token = mintToken(testSecret, { sub: name, tenant: 'acme', mills: [millId] })
    return startStockSubscriber({ name, url, token, millId, transports: waysOf(index) })
  })
}

function startPublishers(server: () => TestProcess, url: string, random: Random): Publisher[] {
  const options = (name: string, everyMs: number) => ({ name, everyMs, random: random.fork() })
  return [
    ...['a', 'b', 'c', 'd'].map((name) => startKeyedPublisher(server, mills, options(`keyed-${name}`, 15))),
    ...['a', 'b'].map((name) => startBuyer(server, shopMill, options(`buyer-${name}`, 25))),
    ...['a', 'b'].map((name) => startRequester(url, tokenFor(`requester-${name}`), mills, options(`requester-${name}`, 25))),
  ]
}

/** A page is reloaded every few seconds. */
function reloadNowAndThen(subscribers: readonly Subscriber[], random: Random): () => Promise<void> {
  let running = true
  const done = (async () => {
    while (running) {
      await pause(random.int(500, 3_000))
      random.pick(subscribers).reload()
    }
  })()
  return () => {
    running = false
    return done
  }
}

/** Everything is mended; resolves with the logs once every subscriber has come to the head of its own. */
async function quiet(server: TestProcess, proxy: TcpProxy, subscribers: readonly Subscriber[]) {
  proxy.door = 'open'
  proxy.applyToAll({ kind: 'none' })
  const channels = everyMill.map((millId) => `mill:${millId}`)
  const logs = new Map(await Promise.all(channels.map(async (channel) => [channel, await server.log({ channel })] as const)))
  const isThere = ({ channel, lastOffset }: Subscriber) => lastOffset >= (logs.get(channel)?.head ?? 0)
  // Who does not come is judged by the history, which says more than a deadline.
  await eventually('quiet', () => subscribers.every(isThere), { ms: quietWithinMs }).catch(() => {})
  // What is sent once too often comes now.
  await pause(500)
  return logs
}

function countOf(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1
  return counts
}
