import type { Clock, Timer } from '@millrace/contract'
import { type Connection, connect, type Endpoint, type RedisCommand } from './connection.ts'
import { Pulse } from './pulse.ts'
import { askForFacts, serverFacts } from './server-facts.ts'
import { isRefusal } from './session.ts'
import { within } from './within.ts'

export interface PairOptions {
  readonly endpoint: Endpoint
  readonly clock: Clock
  readonly connectTimeoutMs: number
  /** Whether it is one of a cluster, where each channel has its server. */
  readonly inCluster: boolean
  /** The channel of the beat: nobody else knows it. */
  readonly beatChannel: string
  readonly onMessage: (channel: string, text: string) => void
  /** Called once when one of the two connections is gone, or silent; then both are. Not after `end`. */
  readonly onLost: (reason: Error) => void
}

/** Two connections to one server: one publishes, one is subscribed. Both live, or none does. */
export interface Pair {
  publish(messages: readonly (readonly [channel: string, text: string])[]): Promise<readonly unknown[]>
  /** Each answer counts for all channels of its list. */
  subscribe(lists: readonly (readonly string[])[]): Promise<readonly unknown[]>
  unsubscribe(lists: readonly (readonly string[])[]): Promise<readonly unknown[]>
  /** Resolves when a message to oneself has come back. */
  roundTrip(): Promise<void>
  end(): void
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (reason: Error) => void
}

/** 2 to 3 s of silence are enough: HLT1 has 5. */
const beatEveryMs = 500
const silentTicks = 4

/** What Redis says when this is not the server to talk to any more. */
const moved = /^(MOVED|ASK|READONLY|LOADING|CLUSTERDOWN|MASTERDOWN|NOAUTH|UNBLOCKED)\b/

export async function openPair(options: PairOptions): Promise<Pair> {
  const { endpoint, clock, connectTimeoutMs, beatChannel, onMessage, onLost } = options
  const pulse = new Pulse(silentTicks)
  const connections: Connection[] = []
  const waiting: Waiter[] = []
  let over = false
  let timer: Timer | null = null
  /** Where a loss is told: before it is open, to whoever opens it. */
  let tell: (reason: Error) => void = () => undefined

  function end(reason = new Error('the connection was closed')): void {
    over = true
    timer?.cancel()
    for (const connection of connections) connection.end()
    for (const waiter of waiting.splice(0)) waiter.reject(reason)
  }
  function lose(reason: Error): void {
    if (over) return
    end(reason)
    tell(reason)
  }
  function arrived(channel: string, text: string): void {
    if (over) return
    if (channel === beatChannel) {
      pulse.returned()
      for (const waiter of waiting.splice(0)) waiter.resolve()
    } else onMessage(channel, text)
  }
  function join(heard: () => void): Connection {
    const connection = connect(endpoint, connectTimeoutMs, { heard, lost: lose, message: arrived })
    connections.push(connection)
    return connection
  }

  async function opening() {
    const publishing = join(() => pulse.heardPublishing())
    const subscribing = join(() => pulse.heardSubscribing())
    await Promise.all([publishing.ready, subscribing.ready])
    const facts = serverFacts((await publishing.ask([askForFacts]))[0])
    if (facts.cluster && !options.inCluster) throw new Error('CLUSTERED it is one of a cluster')
    if (!facts.primary) throw new Error('READONLY it is a replica')
    const offered = facts.major >= 7
    let sharded = offered
    let [subscribed] = await subscribing.ask([[offered ? 'ssubscribe' : 'subscribe', beatChannel]])
    if (offered && isRefusal(subscribed) && /^ERR unknown command/.test(subscribed.message)) {
      // What speaks the language of Redis 7 need not know all of it.
      sharded = false
      ;[subscribed] = await subscribing.ask([['subscribe', beatChannel]])
    }
    if (subscribed instanceof Error) throw subscribed
    const beat = [sharded ? 'spublish' : 'publish', beatChannel, ''] as const
    const [published] = await publishing.ask([beat])
    if (published instanceof Error) throw published
    return { publishing, subscribing, sharded, beat }
  }

  const failed = new Promise<never>((_, reject) => {
    tell = reject
  })
  const opened = await within(clock, connectTimeoutMs, Promise.race([opening(), failed])).catch((error: unknown) => {
    end()
    throw error
  })
  tell = onLost
  const { publishing, subscribing, sharded, beat } = opened
  timer = clock.every(beatEveryMs, () => {
    const action = pulse.tick()
    if (action.do === 'lost') lose(new Error(`${endpoint.name} is silent on the ${action.side} connection`))
    if (action.do === 'beat') sendBeat().catch(lose)
  })

  async function sendBeat(): Promise<void> {
    const [answer, taken] = await publishing.ask([askForFacts, beat])
    if (over) return
    if (!serverFacts(answer).primary) throw new Error('READONLY it is a replica now')
    if (taken instanceof Error) throw taken
    pulse.taken()
  }
  /** Answers that say that this server is the wrong one end the pair. */
  async function watched(connection: Connection, commands: readonly RedisCommand[]): Promise<readonly unknown[]> {
    const answers = await connection.ask(commands)
    for (const answer of answers) if (answer instanceof Error && moved.test(answer.message)) lose(answer)
    return answers
  }

  return {
    publish: (messages) =>
      watched(
        publishing,
        messages.map(([channel, text]) => [beat[0], channel, text]),
      ),
    subscribe: (lists) =>
      watched(
        subscribing,
        lists.map((list) => [sharded ? 'ssubscribe' : 'subscribe', ...list]),
      ),
    unsubscribe: (lists) =>
      watched(
        subscribing,
        lists.map((list) => [sharded ? 'sunsubscribe' : 'unsubscribe', ...list]),
      ),
    async roundTrip() {
      const returned = new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
      // Nobody waits for it where the server has refused.
      returned.catch(() => undefined)
      const [taken] = await watched(publishing, [beat])
      if (taken instanceof Error) throw taken
      await returned
    },
    end: () => end(),
  }
}
