import { testSecret } from '@millrace/server/testing'
import { eventually, mintToken, pause, type Random, seededRandom, systemClock, tempFolder } from '@millrace-tests/support'
import { startTestProcess, type TestProcess } from '@millrace-tests/support/server'
import { startKeyedPublisher } from '../run/publishers.ts'
import { type Account, readAccount } from './account.ts'
import { behaviours } from './behaviours.ts'
import { type Crowd, gatherCrowd } from './crowd.ts'
import { startHealthy } from './healthy.ts'
import { type HostileStep, hostileSchedule } from './hostile-schedule.ts'

export interface HostileRunOptions {
  readonly seed: number
  readonly seconds: number
}

export interface HostileReport {
  /** What went wrong: nothing may. */
  readonly complaints: readonly string[]
  /** How many came, by what they do. */
  readonly hostile: Readonly<Record<string, number>>
  readonly published: number
  /** The most that were seen at a time. */
  readonly most: { readonly peers: number; readonly queueBytes: number; readonly blocked: number }
  readonly before: Account
  readonly after: Account
  /** What the server process wrote last, at level `warn` and above. */
  readonly serverLines: readonly string[]
}

const millIds = ['1', '2']
const signalsId = 'signals'
const outboundMaxBytes = 400_000
// Healthy clients are to be undisturbed in what they hear, not in its time: a busy machine must not make them look dead.
const heartbeat = { intervalMs: 1_000, timeoutMs: 5_000 }
/** Some are ended by this time only: Socket.IO's own for those who never send CONNECT. */
const goneWithin = { ms: 30_000 }

const tokenOf = (userId: string, mills: readonly string[]) => mintToken(testSecret, { sub: userId, tenant: 'acme', mills })

/** Hostile clients of all kinds beside healthy ones; then quiet, and the account. */
export async function runHostile({ seed, seconds }: HostileRunOptions): Promise<HostileReport> {
  const random = seededRandom(seed)
  await using folder = await tempFolder('hostile')
  const unixSocket = `${folder.path}/server.sock`
  const server = await startTestProcess({
    unixSocket,
    heartbeat,
    limits: { outboundMaxBytes, connectionsPerAddress: { perSecond: 1_000, burst: 5_000 } },
    backpressure: { mill: { highWaterBytes: random.int(20_000, outboundMaxBytes), volatile: random.pick(['drop-newest', 'drop-oldest']) } },
    logLevel: 'warn',
  })
  const healthy = await startHealthy({ server, tokenOf, millIds, signalsId, random: random.fork() })
  const crowd = gatherCrowd()
  try {
    const before = await readAccount(server)
    // Nobody ends these but the server, by time.
    const idlers = [
      ...(await crowd.openMany(10, { at: { path: unixSocket }, auth: null })),
      ...(await crowd.openMany(10, { at: { path: unixSocket }, auth: { token: tokenOf('idler', [signalsId]) }, answersPings: false })),
    ]
    for (const idler of idlers.slice(15)) idler.stopReading()
    const publisher = startKeyedPublisher(() => server, millIds, { name: 'keyed', everyMs: 10, random: random.fork() })
    const signals = startSignals(server)
    const watch = watchAccount(server, crowd, healthy.connections)
    const steps = hostileSchedule({ seed, durationMs: seconds * 1_000, everyMs: 400 })
    await carryOut(steps, seconds * 1_000, { crowd, random: random.fork(), port: server.port, unixSocket })
    await Promise.all([publisher.stop(), signals.stop()])
    const most = await watch.stop()

    let after = before
    const isQuiet = async () => {
      after = await readAccount(server)
      return after.connections === before.connections && after.queueBytes === 0 && (await server.unixConnections()) === 0
    }
    await eventually('quiet', isQuiet, goneWithin).catch(() => {})
    const complaints = [
      ...watch.complaints,
      ...(server.child.alive ? [] : ['the server process has ended']),
      ...differences(before, after),
      ...((await server.unixConnections()) === 0 ? [] : ['the server still holds connections of those who never say anything']),
      ...server.child.lines.filter((line) => !/"level":(10|20|30|40),/.test(line)),
      ...(await healthy.complaints({ publishers: [publisher], ...signals.sent })),
    ]
    return {
      complaints: complaints.slice(0, 30),
      hostile: countByKind(steps),
      published: publisher.attempts.length + signals.sent.readings + signals.sent.statistics,
      most: { peers: crowd.most, ...most },
      before,
      after,
      serverLines: server.child.lines.slice(-50),
    }
  } finally {
    healthy.close()
    await crowd[Symbol.asyncDispose]()
    await server.child.kill()
  }
}

/** What hostile clients have left behind. */
function differences(before: Account, after: Account): string[] {
  const kept = ['connections', 'subscriptions', 'reconnects'] as const
  const none = ['queueBytes', 'blocked'] as const
  return [
    ...kept.flatMap((name) => (after[name] === before[name] ? [] : [`${name} are ${after[name]} and were ${before[name]}`])),
    ...none.flatMap((name) => (after[name] === 0 ? [] : [`${name} are ${after[name]} with nobody slow`])),
  ]
}

function countByKind(steps: readonly HostileStep[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind, count } of steps) counts[kind] = (counts[kind] ?? 0) + count
  return counts
}

/** Volatile and retained events, a megabyte a second. */
function startSignals(server: TestProcess) {
  const channel = `mill:${signalsId}`
  const sent = { readings: 0, statistics: 0 }
  let running = true
  async function work(): Promise<void> {
    while (running) {
      await server.flood({ channel, event: 'scale:moved', from: sent.readings, count: 3, padBytes: 10_000 })
      sent.readings += 3
      await server.flood({ channel, event: 'dashboard:stats', from: sent.statistics, count: 3, padBytes: 1_000 })
      sent.statistics += 3
      await pause(25)
    }
  }
  const done = work()
  return {
    sent,
    stop() {
      running = false
      return done
    },
  }
}

/** Looks at the account all the time. */
function watchAccount(server: TestProcess, crowd: Crowd, healthy: number) {
  const most = { queueBytes: 0, blocked: 0 }
  const complaints: string[] = []
  let running = true
  async function work(): Promise<void> {
    while (running) {
      const { queueBytes, blocked } = await readAccount(server)
      const bound = outboundMaxBytes * (crowd.most + healthy)
      if (queueBytes > bound) complaints.push(`${queueBytes} bytes are queued; ${bound} is the bound of ${crowd.most} peers`)
      most.queueBytes = Math.max(most.queueBytes, queueBytes)
      most.blocked = Math.max(most.blocked, blocked)
      await pause(20)
    }
  }
  const done = work()
  return {
    complaints,
    async stop() {
      running = false
      await done
      return most
    },
  }
}

interface Ground {
  readonly crowd: Crowd
  readonly random: Random
  readonly port: number
  readonly unixSocket: string
}

/** Resolves when the time is over and everybody hostile has gone. */
async function carryOut(steps: readonly HostileStep[], durationMs: number, ground: Ground): Promise<void> {
  const { crowd, random, port, unixSocket } = ground
  const start = systemClock.now()
  const end = start + durationMs
  const acting: Promise<void>[] = []
  let sessions = 0
  for (const { atMs, forMs, kind, count, over, reads, hearsDurable } of steps) {
    await pause(Math.max(0, start + atMs - systemClock.now()))
    const until = Math.min(end, systemClock.now() + forMs)
    const token = tokenOf(`mallory-${atMs}`, hearsDurable ? [...millIds, signalsId] : [signalsId])
    const stage = {
      crowd,
      random,
      port,
      at: over === 'tcp' ? { port } : { path: unixSocket },
      reads,
      auth: (as: 'stock' | 'sdk') => ({ token, ...(as === 'sdk' && { millrace: { version: 1, session: `hostile-${sessions++}` } }) }),
      isOver: () => systemClock.now() >= until,
    }
    for (let one = 0; one < count; one++) acting.push(behaviours[kind](stage))
  }
  await Promise.all(acting)
}
