import type { Channel } from 'amqplib'
import { ConfigurationError } from '../../configuration-error.ts'

/** Where the messages of a queue go that will never be published. */
export const deadOf = (queue: string): string => `${queue}.dead`

/** Throws a `ConfigurationError` for a name that RabbitMQ would not take, or means otherwise. */
export function checkQueueName(queue: string): void {
  if (!/^[\w.:/-]{1,200}$/.test(queue) || queue.startsWith('amq.'))
    throw new ConfigurationError('queue', 'is not a name', 'use 1 to 200 letters, digits and "_ . : / -", not beginning with "amq."')
}

/**
 * A durable quorum queue, which counts how often a message was taken back, and a fanout exchange with a queue for the dead. What RabbitMQ
 * itself gives up (expired, over a length) goes there too. Rejects where they are there with other settings.
 */
export async function assertTopology(channel: Channel, queue: string): Promise<void> {
  const dead = deadOf(queue)
  const quorum = { 'x-queue-type': 'quorum' }
  await channel.assertExchange(dead, 'fanout', { durable: true })
  await channel.assertQueue(dead, { durable: true, arguments: quorum })
  await channel.bindQueue(dead, dead, '')
  await channel.assertQueue(queue, { durable: true, arguments: { ...quorum, 'x-dead-letter-exchange': dead } })
}
