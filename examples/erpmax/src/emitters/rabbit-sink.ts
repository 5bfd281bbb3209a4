import type { RabbitPublisher } from '@millrace/server/rabbitmq'
import type { EmitterSink } from './emitters.ts'

export interface RabbitSinkOptions {
  readonly publisher: RabbitPublisher
  /** The queue that the orchestrator publishes from. */
  readonly queue: string
  /** Notifications are stored before they are sent, and whether that was done has to be answered: they go another way. */
  readonly notify: EmitterSink['notify']
}

/** From a worker, through RabbitMQ: safe when RabbitMQ has confirmed it, published when the orchestrator is there. */
export function rabbitSink({ publisher, queue, notify }: RabbitSinkOptions): EmitterSink {
  return {
    notify,
    publish: ({ name }, event, data, { tenant }) => publisher.publish(queue, { channel: name, event, data, headers: { tenant } }),
  }
}
