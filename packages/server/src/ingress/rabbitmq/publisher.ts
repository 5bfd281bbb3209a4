import { randomUUID } from 'node:crypto'
import { MillraceError } from '@millrace/contract'
import { type ChannelModel, type ConfirmChannel, IllegalOperationError, type Options } from 'amqplib'
import { ConfigurationError } from '../../configuration-error.ts'
import { systemClock } from '../../node/clock.ts'
import type { NamedPublication } from '../publish-by-name.ts'
import { openRabbitLink, type RabbitLinkOptions } from './link.ts'

export interface RabbitPublisherOptions extends RabbitLinkOptions {
  /** So many messages may wait for their confirmation. @default 1000 */
  readonly maxPending?: number
  /** How long a message may wait, reconnects included. @default 30 s */
  readonly confirmWithinMs?: number
}

export const rabbitPublisherDefaults = { maxPending: 1_000, confirmWithinMs: 30_000 } as const

export interface RabbitMessage extends NamedPublication {
  /** What makes sure that it is published once: name it after the business row. @default a new one, good for this call's own retries */
  readonly id?: string
  readonly headers?: Readonly<Record<string, string | number | boolean>>
}

export interface RabbitPublisher {
  /**
   * Resolves when RabbitMQ has the message safe; sends it again after a lost connection. Rejects with `not_found` where there is no such queue, and with
   * `unavailable` where it took too long (it may have arrived: send it again with the same `id`) or too many wait; with `invalid_payload` what
   * has no JSON form, or no form in AMQP.
   */
  publish(queue: string, message: RabbitMessage): Promise<void>
  /** Rejects what is not confirmed yet. Idempotent. */
  close(): Promise<void>
}

interface Pending {
  readonly queue: string
  readonly content: Buffer
  readonly options: Options.Publish
  settle(error: MillraceError | null): void
}

/** A program that puts messages into queues for `rabbitIngress`. Rejects as `openRabbitLink` does. */
export async function rabbitPublisher(options: RabbitPublisherOptions): Promise<RabbitPublisher> {
  const { clock = systemClock } = options
  const { maxPending, confirmWithinMs } = { ...rabbitPublisherDefaults, ...options }
  for (const [setting, value] of Object.entries({ maxPending, confirmWithinMs }))
    if (!Number.isSafeInteger(value) || value < 1) throw new ConfigurationError(setting, `is ${value}`, 'give a whole number of at least 1')
  /** In the order of the calls. */
  const pending = new Map<string, Pending>()
  let channel: ConfirmChannel | null = null
  let closed = false

  function send(tag: string, { queue, content, options, settle }: Pending): void {
    if (channel === null) return
    const at = channel
    try {
      at.publish('', queue, content, options, (error: unknown) => {
        if (error === null) settle(null)
        else if (at === channel && pending.has(tag)) settle(new MillraceError('unavailable', 'RabbitMQ did not take the message'))
      })
    } catch (cause) {
      // A channel that is being closed: it is sent on the next one.
      if (cause instanceof IllegalOperationError) return
      settle(new MillraceError('invalid_payload', 'the queue or the headers cannot be written as AMQP has them', undefined, { cause }))
    }
  }

  async function setup(model: ChannelModel, lose: (why: unknown) => void): Promise<void> {
    const opened = await model.createConfirmChannel()
    opened.on('error', lose)
    // Before amqplib fails the confirmations: they are not failed, but wait for the next channel.
    opened.prependListener('close', () => {
      if (channel === opened) channel = null
      lose(new Error('the channel was closed'))
    })
    // RabbitMQ tells it before it confirms the message.
    opened.on('return', ({ properties }) => {
      const tag: unknown = properties.correlationId
      if (typeof tag === 'string') pending.get(tag)?.settle(new MillraceError('not_found', 'RabbitMQ has no such queue'))
    })
    channel = opened
    for (const [tag, each] of [...pending]) send(tag, each)
  }

  const link = await openRabbitLink(options, {
    name: 'millrace publisher',
    setup,
    onLost() {
      channel = null
    },
  })

  return {
    async publish(queue, { id = randomUUID(), headers = {}, channel: name, event, data, actor }) {
      if (closed) throw new MillraceError('unavailable', 'the publisher is closed')
      if (pending.size >= maxPending) throw new MillraceError('unavailable', `${maxPending} messages wait for their confirmation`)
      const content = contentOf({ channel: name, event, data, actor })
      const tag = randomUUID()
      await new Promise<void>((resolve, reject) => {
        const late = clock.after(confirmWithinMs, () =>
          entry.settle(new MillraceError('unavailable', `no confirmation within ${confirmWithinMs} ms`)),
        )
        const entry: Pending = {
          queue,
          content,
          options: {
            persistent: true,
            mandatory: true,
            messageId: id,
            correlationId: tag,
            contentType: 'application/json',
            headers: { ...headers },
          },
          settle(error) {
            late.cancel()
            pending.delete(tag)
            if (error === null) resolve()
            else reject(error)
          },
        }
        pending.set(tag, entry)
        send(tag, entry)
      })
    },
    async close() {
      closed = true
      for (const each of [...pending.values()])
        each.settle(new MillraceError('unavailable', 'the publisher was closed before RabbitMQ confirmed'))
      await link.close()
    },
  }
}

function contentOf(publication: NamedPublication): Buffer {
  try {
    return Buffer.from(JSON.stringify(publication))
  } catch (cause) {
    throw new MillraceError('invalid_payload', 'the data has no JSON form', undefined, { cause })
  }
}
