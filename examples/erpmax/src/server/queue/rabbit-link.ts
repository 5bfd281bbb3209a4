import type { Logger } from '@millrace/server'
import amqp from 'amqplib'

export interface RabbitLink {
  close(): Promise<void>
}

/** A connection that is made anew, with all that `setup` makes on it, whenever it was lost. Rejects where RabbitMQ cannot be reached at first. */
export async function rabbitLink(url: string, logger: Logger, setup: (model: amqp.ChannelModel) => Promise<void>): Promise<RabbitLink> {
  const connection = await amqp.connect(url, {
    timeout: 5_000,
    recovery: { initialDelay: 200, maxDelay: 5_000, initialMaxRetries: 3, setup },
  })
  // Without a listener an error would end the process.
  connection.on('error', (error) => logger.warn({ reason: error.message }, 'RabbitMQ: the connection was lost'))
  return {
    async close() {
      await connection.close().catch(() => {})
    },
  }
}
