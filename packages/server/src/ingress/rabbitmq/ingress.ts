import { randomUUID } from 'node:crypto'
import { type AnyContract, MillraceError } from '@millrace/contract'
import type { ChannelModel, ConfirmChannel, Message } from 'amqplib'
import type { MillraceServer } from '../../api.ts'
import { systemClock } from '../../node/clock.ts'
import { describeError } from '../../observe/describe-error.ts'
import { pinoLogger } from '../../observe/pino-logger.ts'
import { channelByName, publishByName } from '../publish-by-name.ts'
import { type CarefulConsumer, carefulConsumer } from './careful-consumer.ts'
import { ingressSettings, type RabbitIngressOptions } from './ingress-options.ts'
import { openRabbitLink } from './link.ts'
import { type MessageFacts, type ParkCode, readMessage, type Verdict } from './message.ts'
import { park } from './parking.ts'
import { assertTopology, deadOf } from './topology.ts'

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

interface Failure {
  readonly code: ParkCode
  readonly reason: string
  readonly retry: boolean
  readonly retryAfterMs: number
}

/** One connection's consumer. What was delivered to it can be acknowledged through it alone. */
interface Session {
  readonly channel: ConfirmChannel
  readonly consumer: CarefulConsumer
  readonly lose: (why: unknown) => void
  open: boolean
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
  const settings = ingressSettings(options)

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
    for (let attempt = 0; at.open; attempt++) {
      const failure = await tryOnce(verdict)
      if (failure === null) {
        counts.published += 1
        if (at.open) at.channel.ack(message)
        return
      }
      if (!failure.retry) return await parkAndAck(at, message, failure.code, failure.reason)
      counts.retries += 1
      if (attempt === 0) logger.warn({ queue, code: failure.code }, 'a message cannot be published for now')
      if (!closing) await pause(Math.min(settings.retryMaxMs, Math.max(failure.retryAfterMs, firstRetryMs * 2 ** Math.min(attempt, 10))))
      if (closing) return
    }
  }

  /** Null where it is published. The call reaches the server at once, so that publications keep the queue's order. */
  async function tryOnce({ tenant, messageId, publication }: Extract<Verdict, { kind: 'publish' }>): Promise<Failure | null> {
    try {
      const channel = channelByName(rt, publication.channel)
      await publishByName(rt, channel, publication, { tenant, idempotencyKey: `amqp:${queue}:${messageId}` })
      return null
    } catch (error) {
      return failureOf(error)
    }
  }

  function failureOf(error: unknown): Failure {
    if (error instanceof MillraceError && error.code !== 'internal') {
      const after = error.details?.retryAfterMs
      return { code: error.code, reason: error.message, retry: error.retry, retryAfterMs: typeof after === 'number' ? after : 0 }
    }
    const reference = randomUUID()
    logger.error({ queue, reference, ...describeError(error) }, 'a message made the server fail')
    return { code: 'internal', reason: `the server failed: its log has the reference ${reference}`, retry: false, retryAfterMs: 0 }
  }

  function tenantOf(facts: MessageFacts): string | null {
    try {
      return settings.tenantOf(facts)
    } catch (error) {
      logger.error({ queue, ...describeError(error) }, 'the tenant of a message could not be told')
      throw error
    }
  }

  function onMessage(at: Session, message: Message): void {
    const { maxMessageBytes: maxBytes, maxRedeliveries } = settings
    const verdict = readMessage(message, { tenantOf, maxBytes, maxRedeliveries })
    const work = (verdict.kind === 'park' ? parkAndAck(at, message, verdict.code, verdict.reason) : publish(at, message, verdict))
      // It stays in the queue, and comes again with the next connection.
      .catch(at.lose)
      .finally(() => working.delete(work))
    working.add(work)
  }

  /** A node that cannot publish takes no messages, and a restart in the meantime counts against none. */
  async function consumeWhenReady(at: Session): Promise<void> {
    while (at.open && !closing && !(await rt.health()).ready) await pause(lookReadyEveryMs)
    if (at.open && !closing) await at.consumer.start()
  }

  async function setup(model: ChannelModel, lose: (why: unknown) => void): Promise<void> {
    const channel = await model.createConfirmChannel()
    channel.on('error', lose)
    await assertTopology(channel, queue)
    const { prefetch } = settings
    const consumer = carefulConsumer({ channel, queue, prefetch, onMessage: (message) => onMessage(at, message), onLost: lose })
    const at: Session = { channel, consumer, lose, open: true }
    /** At once: nothing is acknowledged that RabbitMQ could not park, and nothing on a channel that is closed. */
    const over = (why: unknown) => {
      at.open = false
      lose(why)
    }
    channel.on('close', () => over(new Error('the channel was closed')))
    channel.on('return', () => over(new Error(`there is no queue ${deadOf(queue)}`)))
    session = at
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
    await at?.consumer.stop().catch(() => undefined)
    const late = new Promise<void>((resolve) => {
      const timer = clock.after(settings.drainMs, resolve)
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
      state: closing ? 'closed' : session === null ? 'connecting' : session.consumer.active ? 'consuming' : 'waiting',
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
