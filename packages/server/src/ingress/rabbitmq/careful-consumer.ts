import type { Channel, ConsumeMessage } from 'amqplib'

export interface CarefulConsumerOptions {
  readonly channel: Channel
  readonly queue: string
  /** So many messages are in work at once, when there is no need for care. */
  readonly prefetch: number
  /** Does not throw. */
  readonly onMessage: (message: ConsumeMessage) => void
  readonly onLost: (why: unknown) => void
}

export interface CarefulConsumer {
  readonly active: boolean
  start(): Promise<void>
  /** What was delivered may still be acknowledged. */
  stop(): Promise<void>
}

/**
 * Takes messages one at a time until it meets one that nobody has tried before, then as many as it may. A message that kills its consumer is
 * so the only one in work, and those that were beside it are not counted with it again and again.
 */
export function carefulConsumer({ channel, queue, prefetch, onMessage, onLost }: CarefulConsumerOptions): CarefulConsumer {
  let careful = true
  let stopped = false
  // A promise: messages may be here before it is told by which name they are consumed.
  let tag: Promise<string> | null = null

  function deliver(message: ConsumeMessage | null): void {
    if (message === null) {
      onLost(new Error('RabbitMQ has ended the consumer: the queue was deleted, or its node went away'))
      return
    }
    if (careful && !message.fields.redelivered) {
      careful = false
      widen().catch(onLost)
    }
    onMessage(message)
  }
  async function begin(): Promise<string> {
    await channel.prefetch(careful ? 1 : prefetch)
    return (await channel.consume(queue, deliver)).consumerTag
  }
  async function consume(): Promise<void> {
    tag = begin()
    await tag
  }
  async function cancel(): Promise<void> {
    if (tag !== null) await channel.cancel(await tag)
  }
  async function widen(): Promise<void> {
    await cancel()
    if (!stopped) await consume()
  }

  return {
    get active() {
      return tag !== null && !stopped
    },
    start: consume,
    async stop() {
      stopped = true
      await cancel()
    },
  }
}
