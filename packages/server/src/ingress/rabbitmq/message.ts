import { type ErrorCode, invalidPayload, MillraceError, type RefusalCode } from '@millrace/contract'
import type { Message } from 'amqplib'
import { z } from 'zod'
import { parseJson } from '../parse-json.ts'
import { publicationFields } from '../publication.ts'
import type { NamedPublication } from '../publish-by-name.ts'

/** Why a message lies in the queue of the dead. `poison`: whoever tried it died or lost its connection, too many times. */
export type ParkCode = ErrorCode | RefusalCode | 'poison'

/** What RabbitMQ tells of a message beside its content. All of it is the sender's word, but for `userId`, which RabbitMQ checks. */
export interface MessageFacts {
  readonly headers: Readonly<Record<string, unknown>>
  readonly routingKey: string
  readonly appId: string | undefined
  /** The RabbitMQ user that published it, where it says so: RabbitMQ lets nobody say another's name. */
  readonly userId: string | undefined
}

export interface ReadOptions {
  readonly tenantOf: (facts: MessageFacts) => string | null
  readonly maxBytes: number
  readonly maxRedeliveries: number
}

export type Verdict =
  | { readonly kind: 'publish'; readonly tenant: string; readonly messageId: string; readonly publication: NamedPublication }
  | { readonly kind: 'park'; readonly code: ParkCode; readonly reason: string }

const body = z.strictObject(publicationFields)
const jsonDepthMax = 64

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** How often RabbitMQ had to take it back: quorum queues count it. */
function redeliveriesOf({ properties }: Message): number {
  const count: unknown = properties.headers?.['x-delivery-count']
  return typeof count === 'number' ? count : 0
}

/** What is to be done with a message, before anything is done. Never throws. */
export function readMessage(message: Message, options: ReadOptions): Verdict {
  // First of all: whatever comes next may be what the process died of.
  const redeliveries = redeliveriesOf(message)
  if (redeliveries > options.maxRedeliveries)
    return { kind: 'park', code: 'poison', reason: `it was taken back ${redeliveries} times: whoever tried it died or lost its connection` }
  try {
    return read(message, options)
  } catch (error) {
    if (error instanceof MillraceError) return { kind: 'park', code: error.code, reason: error.message }
    return { kind: 'park', code: 'internal', reason: 'the message could not be read' }
  }
}

function read(message: Message, { tenantOf, maxBytes }: ReadOptions): Verdict {
  const { content, properties, fields } = message
  if (content.length > maxBytes)
    throw new MillraceError('payload_too_large', `the message has ${content.length} bytes; ${maxBytes} is the limit`)
  const contentType = text(properties.contentType) ?? 'application/json'
  if (!/^application\/json(;\s*charset="?utf-?8"?)?$/i.test(contentType) || text(properties.contentEncoding) !== undefined)
    throw invalidPayload('the message', [{ path: 'content_type', message: 'must be application/json, not compressed' }])
  const messageId = text(properties.messageId)
  if (messageId === undefined)
    throw invalidPayload('the message', [
      { path: 'message_id', message: 'is missing: it is what makes sure that the message is published once' },
    ])
  const tenant = tenantOf({
    headers: properties.headers ?? {},
    routingKey: fields.routingKey,
    appId: text(properties.appId),
    userId: text(properties.userId),
  })
  if (tenant === null || tenant === '') throw new MillraceError('denied', 'the message is of no tenant that this queue is for')
  const parsed = body.safeParse(parseJson(content, 'the message', jsonDepthMax))
  if (!parsed.success)
    throw invalidPayload(
      'the message',
      parsed.error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
    )
  return { kind: 'publish', tenant, messageId, publication: parsed.data }
}
