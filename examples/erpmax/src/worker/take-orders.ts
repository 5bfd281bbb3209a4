import type { Clock } from '@millrace/contract'
import type { Jobs, Logger } from '@millrace/server'
import type { Channel, ConsumeMessage } from 'amqplib'
import { z } from 'zod'
import { type RabbitLink, rabbitLink } from '../server/queue/rabbit-link.ts'
import type { ProvisioningJobs } from './provisioning-job.ts'

const order = z.object({ job_id: z.string(), tenant_id: z.string() })
const finals = new Set(['completed', 'failed', 'cancelled'])
/** A job that another worker has, or that waits for its next attempt, is looked at again after so long. */
const lookAgainMs = 1_000

export interface TakeOrders {
  readonly url: string
  readonly queue: string
  readonly jobs: Pick<Jobs<ProvisioningJobs>, 'get'>
  readonly clock: Clock
  readonly logger: Logger
  /** Claims the job and works on it; resolves at its end, or at once where it cannot be claimed now. */
  readonly work: (jobId: string) => Promise<void>
}

/**
 * Takes orders from RabbitMQ, one at a time. An order is acknowledged when its job has ended: that of a worker who was killed goes to the next one,
 * who takes the job over.
 */
export function takeOrders({ url, queue, jobs, clock, logger, work }: TakeOrders): Promise<RabbitLink> {
  async function handle(channel: Channel, message: ConsumeMessage): Promise<void> {
    const read = order.safeParse(parseJson(message.content.toString()))
    if (!read.success) {
      logger.warn({ queue }, 'an order that nobody understands was thrown away')
      channel.ack(message)
      return
    }
    const { job_id, tenant_id } = read.data
    await work(job_id)
    const job = await jobs.get(job_id, { tenant: tenant_id })
    if (job === null || finals.has(job.state)) return void channel.ack(message)
    await new Promise<void>((resolve) => clock.after(lookAgainMs, resolve))
    channel.nack(message)
  }

  return rabbitLink(url, logger, async (model) => {
    const channel = await model.createChannel()
    channel.on('error', (error) => logger.warn({ reason: error.message }, 'RabbitMQ: the channel was lost'))
    await channel.assertQueue(queue, { durable: true })
    await channel.prefetch(1)
    await channel.consume(queue, (message) => {
      if (message === null) return
      handle(channel, message).catch((error: unknown) => {
        logger.error({ reason: error instanceof Error ? error.message : String(error) }, 'an order could not be carried out')
        clock.after(lookAgainMs, () => {
          try {
            channel.nack(message)
          } catch {
            // The channel is gone: RabbitMQ has taken the order back already.
          }
        })
      })
    })
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
