import { randomUUID } from 'node:crypto'
import { type AnyContract, MillraceError } from '@millrace/contract'
import type { ChannelModel, ConfirmChannel, Message } from 'amqplib'
import type { MillraceServer } from '../../api.ts'
import { ConfigurationError } from '../../configuration-error.ts'
import { systemClock } from '../../node/clock.ts'
import { describeError } from '../../observe/describe-error.ts'
import { pinoLogger } from '../../observe/pino-logger.ts'
import { channelByName, publishByName } from '../publish-by-name.ts'
import { openRabbitLink, type RabbitLinkOptions } from './link.ts'
import { type MessageFacts, type ParkCode, readMessage, type Verdict } from './message.ts'
import { park } from './parking.ts'
import { assertTopology, checkQueueName, deadOf } from './topology.ts'

export type RabbitIngressOptions = RabbitLinkOptions & {
  readonly queue: string
  /** So many messages are in work at once. @default 50 */
  readonly prefetch?: number
  /** The largest message, in bytes. @default 1 MiB */
  readonly maxMessageBytes?: number
  /** A message that was taken back more often, because who tried it died or lost its connection, is parked. @default 10 */
  readonly maxRedeliveries?: number
  /** The longest pause before a message is tried again whose publication failed for now. @default 5 s */
  readonly retryMaxMs?: number
  /** How long `close` waits for what is in work. @default 10 s */
  readonly drainMs?: number
} & (
    | { /** The tenant of every message of this queue. */ readonly tenant: string }
    | {
        /**
         * The tenant of a message, null for none. Headers are the sender's word: only for a queue that nobody publishes to but programs that may
         * act for each of these tenants.
         */
        readonly tenantOf: (facts: MessageFacts) => string | null
      }
  )

export const rabbitIngressDefaults = {
  prefetch: 50,
  maxMessageBytes: 1_048_576,
  maxRedeliveries: 10,
  retryMaxMs: 5_000,
  drainMs: 10_000,
} as const

export interface IngressStatus {
  /** `waiting`: connected, and not consuming until the server is ready. */
  readonly state: 'connecting' | 'waiting' | 'consuming' | 'closed'
  /** Since the start: published (redeliveries of the same message too), parked, and failed for now. */
  readonly published: number
  readonly parked: number
  readonly retries: number
}

export interface RabbitIngress {
  status(): IngressStatus
  /** How many messages lie in the queue of the dead. Rejects with `unavailable` without a connection. */
  parked(): Promise<number>
  /** Takes no more messages, finishes those in work, closes. What is not finished in time stays in the queue. Idempotent. */
  close(): Promise<void>
}

const lookReadyEveryMs = 250
const firstRetryMs = 250

/** One connection's consumer. What was delivered to it can be acknowledged through it alone. */
interface Session {
  readonly channel: ConfirmChannel
  readonly lose: (why: unknown) => void
  open: boolean
  /** null: not consuming. */
  consumerTag: string | null
  /** Takes messages one at a time, until it meets one that nobody has tried before. */
  careful: boolean
}

/**
 * Publishes what lies in a queue of RabbitMQ. A message is acknowledged when its publication is durable, and its `message_id` is the
 * idempotency key; what can never be published goes to `{queue}.dead`. Rejects as `openRabbitLink` does.
 */
export async function rabbitIngress<C extends AnyContract>(
  server: MillraceServer<C>,
  options: RabbitIngressOptions,
): Promise<RabbitIngress> {
  // Holds: what is specific to a contract in its server's type is asked for by name here, and checked when it runs.
  const rt = server as unknown as MillraceServer
  const { queue, clock = systemClock, logger = pinoLogger() } = options
  const { prefetch, maxMessageBytes, maxRedeliveries, retryMaxMs, drainMs } = { ...rabbitIngressDefaults, ...options }
  checkQueueName(queue)
  for (const [setting, value] of Object.entries({ prefetch, maxMessageBytes, maxRedeliveries, retryMaxMs, drainMs }))
    if (!Number.isSafeInteger(value) || value < 1) throw new ConfigurationError(setting, `is ${value}`, 'give a whole number of at least 1')
  if (prefetch > 1_000) throw new ConfigurationError('prefetch', `is ${prefetch}`, 'take 1000 messages at once, or fewer')
  const setting = tenantSetting(options)

  const counts = { published: 0, parked: 0, retries: 0 }
  const working = new Set<Promise<void>>()
  const waiting = new Set<() => void>()
  let session: Session | null = null
  let closing = false

  /** Over at once when the session is lost, or the ingress is closed. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel()
        waiting.delete(done)
        resolve()
      }
      const timer = clock.after(ms, done)
      waiting.add(done)
    })
  }
  function wakeAll(): void {
    for (const done of [...waiting]) done()
  }

  async function parkAndAck(at: Session, message: Message, code: ParkCode, reason: string): Promise<void> {
    await park(at.channel, queue, message, code, reason)
    if (!at.open) return
    at.channel.ack(message)
    counts.parked += 1
    logger.warn({ queue, dead: deadOf(queue), code }, 'a message was parked')
  }

  /** Publishes until that has succeeded, or can never succeed. */
  async function publish(at: Session, message: Message, verdict: Extract<Verdict, { kind: 'publish' }>): Promise<void> {
    const { tenant, messageId, publication } = verdict
    for (let attempt = 0; at.open; attempt++) {
      try {
        const channel = channelByName(rt, publication.channel)
        await publishByName(rt, channel, publication, { tenant, idempotencyKey: `amqp:${queue}:${messageId}` })
        counts.published += 1
        if (at.open) at.channel.ack(message)
        return
      } catch (error) {
        const failure = failureOf(error)
        if (!failure.retry) return await parkAndAck(at, message, failure.code, failure.reason)
        counts.retries += 1
        if (attempt === 0) logger.warn({ queue, code: failure.code }, 'a message cannot be published for now')
        if (closing) return
        await pause(Math.min(retryMaxMs, Math.max(failure.retryAfterMs, firstRetryMs * 2 ** Math.min(attempt, 10))))
        if (closing) return
      }
    }
  }

  function failureOf(error: unknown) {
    if (error instanceof MillraceError && error.code !== 'internal') {
      const after = error.details?.retryAfterMs
      return { code: error.code, reason: error.message, retry: error.retry, retryAfterMs: typeof after === 'number' ? after : 0 }
    }
    const reference = randomUUID()
    logger.error({ queue, reference, ...describeError(error) }, 'a message made the server fail')
    return { code: 'internal', reason: `the server failed: its log has the reference ${reference}`, retry: false, retryAfterMs: 0 } as const
  }

  function tenantOf(facts: MessageFacts): string | null {
    try {
      return setting.tenantOf(facts)
    } catch (error) {
      logger.error({ queue, ...describeError(error) }, 'the tenant of a message could not be told')
      throw error
    }
  }

  function onMessage(at: Session, message: Message): void {
    if (at.careful && !message.fields.redelivered) {
      at.careful = false
      consumeAnew(at).catch(at.lose)
    }
    const verdict = readMessage(message, { tenantOf, maxBytes: maxMessageBytes, maxRedeliveries })
    const work = (verdict.kind === 'park' ? parkAndAck(at, message, verdict.code, verdict.reason) : publish(at, message, verdict))
      // It stays in the queue, and comes again with the next connection.
      .catch(at.lose)
      .finally(() => working.delete(work))
    working.add(work)
  }

  async function consume(at: Session): Promise<void> {
    await at.channel.prefetch(at.careful ? 1 : prefetch)
    const { consumerTag } = await at.channel.consume(queue, (message) => {
      if (message === null) at.lose(new Error('RabbitMQ has ended the consumer: the queue was deleted, or its node went away'))
      else onMessage(at, message)
    })
    at.consumerTag = consumerTag
  }

  async function consumeAnew(at: Session): Promise<void> {
    if (at.consumerTag === null) return
    await at.channel.cancel(at.consumerTag)
    at.consumerTag = null
    if (at.open && !closing) await consume(at)
  }

  /** A node that cannot publish takes no messages, and a restart in the meantime counts against none. */
  async function consumeWhenReady(at: Session): Promise<void> {
    while (at.open && !closing && !(await rt.health()).ready) await pause(lookReadyEveryMs)
    if (at.open && !closing) await consume(at)
  }

  async function setup(model: ChannelModel, lose: (why: unknown) => void): Promise<void> {
    const channel = await model.createConfirmChannel()
    // Its failures end it, and that ends the connection.
    channel.on('error', lose)
    channel.on('close', () => lose(new Error('the channel was closed')))
    await assertTopology(channel, queue)
    const at: Session = { channel, lose, open: true, consumerTag: null, careful: true }
    session = at
    channel.on('return', () => {
      // At once: RabbitMQ confirms next, and what it could not park must not be acknowledged.
      at.open = false
      lose(new Error(`there is no queue ${deadOf(queue)}`))
    })
    consumeWhenReady(at).catch(lose)
  }

  function onLost(): void {
    if (session === null) return
    session.open = false
    session = null
    wakeAll()
  }

  const link = await openRabbitLink(options, { name: `millrace ingress ${queue}`, setup, onLost })

  async function finish(): Promise<void> {
    closing = true
    wakeAll()
    const at = session
    if (at !== null && at.consumerTag !== null) await at.channel.cancel(at.consumerTag).catch(() => undefined)
    const late = new Promise<void>((resolve) => {
      const timer = clock.after(drainMs, resolve)
      void Promise.all(working).then(() => {
        timer.cancel()
        resolve()
      })
    })
    await late
    await link.close()
  }
  let finishing: Promise<void> | null = null

  return {
    status: () => ({
      ...counts,
      state: closing ? 'closed' : session === null ? 'connecting' : session.consumerTag === null ? 'waiting' : 'consuming',
    }),
    async parked() {
      const model = link.model
      if (model === null) throw new MillraceError('unavailable', 'there is no connection to RabbitMQ')
      try {
        // On a channel of its own: RabbitMQ closes it where the queue is gone.
        const channel = await model.createChannel()
        channel.on('error', () => undefined)
        const { messageCount } = await channel.checkQueue(deadOf(queue))
        await channel.close()
        return messageCount
      } catch (cause) {
        throw new MillraceError('unavailable', 'the queue of the dead cannot be counted', undefined, { cause })
      }
    },
    close: () => (finishing ??= finish()),
  }
}

function tenantSetting(options: RabbitIngressOptions): { readonly tenantOf: (facts: MessageFacts) => string | null } {
  if ('tenantOf' in options) {
    if ('tenant' in options) throw new ConfigurationError('tenant', 'is there beside tenantOf', 'choose one')
    return options
  }
  const { tenant } = options
  if (typeof tenant !== 'string' || tenant === '')
    throw new ConfigurationError('tenant', 'is missing', 'name the tenant of the queue, or say with tenantOf how a message tells it')
  return { tenantOf: () => tenant }
}
