import type { Logger } from '@millrace/server'
import type { ConfirmChannel } from 'amqplib'
import type { WorkQueue } from './port.ts'
import { rabbitLink } from './rabbit-link.ts'

const confirmWithinMs = 5_000

/** Orders in a durable queue: `put` resolves when RabbitMQ has confirmed that it keeps the order. */
export async function rabbitQueue(url: string, queue: string, logger: Logger): Promise<WorkQueue> {
  let channel: ConfirmChannel | null = null
  const link = await rabbitLink(url, logger, async (model) => {
    const opened = await model.createConfirmChannel()
    opened.on('error', (error) => logger.warn({ reason: error.message }, 'RabbitMQ: the channel was lost'))
    opened.on('close', () => {
      if (channel === opened) channel = null
    })
    // The queue survives RabbitMQ's restart, and so do the orders in it.
    await opened.assertQueue(queue, { durable: true })
    channel = opened
  })
  return {
    put: (order) =>
      new Promise((resolve, reject) => {
        if (channel === null) throw new Error('RabbitMQ is away')
        const late = AbortSignal.timeout(confirmWithinMs)
        late.onabort = () => reject(new Error('RabbitMQ has not confirmed in time'))
        const options = { persistent: true, contentType: 'application/json', messageId: order.job_id }
        channel.sendToQueue(queue, Buffer.from(JSON.stringify(order)), options, (error: unknown) => {
          late.onabort = null
          if (error) reject(new Error('RabbitMQ has refused the order'))
          else resolve()
        })
      }),
    close: () => link.close(),
  }
}
