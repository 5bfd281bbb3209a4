import type { ConfirmChannel, Message, Options } from 'amqplib'
import type { ParkCode } from './message.ts'
import { deadOf } from './topology.ts'

const headersMax = 16_384
const reasonMax = 500
/** Headers that RabbitMQ acts on, or has set: copied they would send the message elsewhere, or tell of another life. */
const notCopied = /^(cc|bcc|x-.*|millrace-.*)$/i

function copiedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copied = Object.fromEntries(Object.entries(headers).filter(([name]) => !notCopied.test(name)))
  // With ours beside them they have to fit into one frame.
  return JSON.stringify(copied).length > headersMax ? {} : copied
}

/** What it was beside its content. `userId` is left out: RabbitMQ takes it from its own publisher alone. */
function copiedOptions({ properties }: Message): Options.Publish {
  // Holds: a delivered message's properties are of the types that publishing takes; amqplib leaves out those that are undefined.
  const { contentType, contentEncoding, messageId, correlationId, timestamp, type, appId } = properties as Options.Publish
  const copied = { contentType, contentEncoding, messageId, correlationId, timestamp, type, appId } as Options.Publish
  return { ...copied, headers: copiedHeaders(properties.headers ?? {}) }
}

/**
 * Puts a message among the dead, with why it is there. Resolves when RabbitMQ has confirmed it; where there is no queue for it the channel has
 * told that before, with `return`.
 */
export function park(channel: ConfirmChannel, queue: string, message: Message, code: ParkCode, reason: string): Promise<void> {
  const why = { 'millrace-code': code, 'millrace-reason': reason.slice(0, reasonMax), 'millrace-queue': queue }
  return new Promise((resolve, reject) => {
    function publish(options: Options.Publish): void {
      const all = { ...options, persistent: true, mandatory: true, headers: { ...options.headers, ...why } }
      channel.publish(deadOf(queue), '', message.content, all, (error: unknown) => (error === null ? resolve() : reject(error)))
    }
    try {
      publish(copiedOptions(message))
    } catch {
      // What can be read cannot always be written again. It would come back for ever.
      publish({})
    }
  })
}
