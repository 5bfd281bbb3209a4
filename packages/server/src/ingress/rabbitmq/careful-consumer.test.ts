import type { Channel, ConsumeMessage } from 'amqplib'
import { describe, expect, it } from 'vitest'
import { carefulConsumer } from './careful-consumer.ts'

const flush = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** A channel that delivers what it has as soon as somebody consumes, before it tells by which name. */
function scripted(...redelivered: readonly boolean[]) {
  const calls: string[] = []
  const waiting = redelivered.map((each) => ({ fields: { redelivered: each } }) as ConsumeMessage)
  let deliver: (message: ConsumeMessage | null) => void = () => undefined
  // Holds: a consumer calls nothing else of a channel.
  const channel = {
    prefetch: async (count: number) => void calls.push(`prefetch ${count}`),
    async consume(_queue: string, onMessage: typeof deliver) {
      deliver = onMessage
      const first = waiting.shift()
      if (first !== undefined) onMessage(first)
      calls.push('consume')
      return { consumerTag: 'tag' }
    },
    cancel: async (tag: string) => void calls.push(`cancel ${tag}`),
  } as unknown as Channel
  const taken: ConsumeMessage[] = []
  const lost: unknown[] = []
  const consumer = carefulConsumer({
    channel,
    queue: 'q',
    prefetch: 50,
    onMessage: (message) => taken.push(message),
    onLost: (why) => lost.push(why),
  })
  return { calls, taken, lost, consumer, deliver: (message: ConsumeMessage | null) => deliver(message), waiting }
}

describe('a careful consumer', () => {
  it('[ING6] takes one at a time while messages were tried before, and as many as it may from the first new one on', async () => {
    const { calls, taken, consumer, deliver, waiting } = scripted(true, true, false)
    await consumer.start()
    for (const message of waiting.splice(0)) {
      expect(calls).toEqual(['prefetch 1', 'consume'])
      deliver(message)
    }
    await flush()
    expect(calls).toEqual(['prefetch 1', 'consume', 'cancel tag', 'prefetch 50', 'consume'])
    expect(taken).toHaveLength(3)
  })

  it('[ING6] notices a new message that is there before its own name is', async () => {
    const { calls, consumer } = scripted(false)
    await consumer.start()
    await flush()
    expect(calls).toEqual(['prefetch 1', 'consume', 'cancel tag', 'prefetch 50', 'consume'])
    await consumer.stop()
    expect(consumer.active).toBe(false)
    expect(calls.at(-1)).toBe('cancel tag')
  })

  it('[ING5] tells when RabbitMQ ends it, and does not begin anew once it is stopped', async () => {
    const { calls, lost, consumer, deliver } = scripted(true)
    await consumer.start()
    deliver(null)
    expect(lost).toHaveLength(1)
    const stopping = consumer.stop()
    // Holds: nothing else of it is read.
    deliver({ fields: { redelivered: false } } as ConsumeMessage)
    await stopping
    await flush()
    expect(calls.filter((call) => call === 'consume')).toHaveLength(1)
  })
})
