import type { ChannelDefinition } from '../channel.ts'
import { disconnects, errors, refusals } from '../codes.ts'
import type { AnyContract } from '../contract.ts'
import type { EventMap } from '../event.ts'
import type { RequestDefinition } from '../request.ts'
import { type Components, components, keyMaker, messageReference } from './components.ts'
import type { AsyncApiChannel, AsyncApiDocument, AsyncApiOperation, Reference } from './document.ts'
import type { JsonSchema, ToJsonSchema } from './json-schema.ts'

export interface AsyncApiOptions {
  readonly description?: string
  /** For schema libraries that do not implement Standard JSON Schema. Where it answers null, theirs is asked. */
  readonly toJsonSchema?: ToJsonSchema
}

const errorSchema = {
  type: 'object',
  properties: {
    code: { type: 'string', description: 'One of `x-millrace-errors`.' },
    message: { type: 'string' },
    retry: { type: 'boolean', description: 'Whether the same request can succeed later.' },
    details: { type: 'object' },
  },
  required: ['code', 'message', 'retry'],
} as const satisfies JsonSchema

const errorReply = {
  type: 'object',
  properties: { ok: { const: false }, error: { $ref: '#/components/schemas/error' } },
  required: ['ok', 'error'],
} as const satisfies JsonSchema

function successReply(data: Reference): JsonSchema {
  return { type: 'object', properties: { ok: { const: true }, data }, required: ['ok', 'data'] }
}

/**
 * The AsyncAPI 3 document of a contract, told from the server's side: it sends publications and direct events, and receives
 * requests, which it answers in the Socket.IO ack. Throws a TypeError that names the event whose schema has no JSON Schema.
 */
export function asyncapi(contract: AnyContract, options: AsyncApiOptions = {}): AsyncApiDocument {
  const parts = components(options.toJsonSchema)
  const channels: Record<string, AsyncApiChannel> = {}
  const operations: Record<string, AsyncApiOperation> = {}
  const channelKey = keyMaker()

  function add(wanted: string, channel: AsyncApiChannel, operation: Omit<AsyncApiOperation, 'channel' | 'messages'>, first?: string): void {
    const key = channelKey(wanted)
    const here = `#/channels/${key}`
    channels[key] = channel
    const keys = Object.keys(channel.messages)
    const references = (names: readonly string[]) => names.map((name) => ({ $ref: `${here}/messages/${name}` }))
    const sent = first === undefined ? keys : [first]
    operations[`${operation.action}.${key}`] = {
      ...operation,
      channel: { $ref: here },
      messages: references(sent),
      ...(first !== undefined && {
        reply: { channel: { $ref: here }, messages: references(keys.filter((name) => name !== first)) },
      }),
    }
  }

  for (const [name, { definition }] of Object.entries(contract.channels))
    add(name, publicationChannel(parts, name, definition), { action: 'send', description: `Publications of ${name}.` })
  for (const [name, definition] of Object.entries(contract.requests)) {
    const { description, replyEvent } = definition
    const channel = requestChannel(parts, name, definition)
    add(
      `request.${name}`,
      channel,
      { action: 'receive', ...(description && { description }), ...(replyEvent && { 'x-millrace-reply-event': replyEvent }) },
      Object.keys(channel.messages)[0],
    )
  }
  if (Object.keys(contract.direct).length > 0)
    add(
      'direct',
      { address: null, description: 'Events to one connection.', messages: eventMessages(parts, 'direct', contract.direct) },
      { action: 'send', description: 'Events to one connection.' },
    )

  return {
    asyncapi: '3.0.0',
    info: {
      title: contract.title,
      version: contract.version,
      description: options.description ?? 'Told from the server’s side: it sends publications and receives requests, over Socket.IO v4.',
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages: parts.messages, schemas: parts.schemas },
    'x-millrace-guests': contract.guests,
    'x-millrace-errors': errors,
    'x-millrace-refusals': refusals,
    'x-millrace-disconnects': disconnects,
  }
}

function eventMessages(parts: Components, place: string, events: EventMap): Record<string, Reference> {
  const messages: Record<string, Reference> = {}
  for (const [name, { schema, delivery, key, description }] of Object.entries(events)) {
    const extensions = { 'x-millrace-delivery': delivery, ...(key && { 'x-millrace-keyed': true }) }
    const message = parts.addMessage({ place: `${place}.${name}`, name, schema, direction: 'output', description, extensions })
    messages[message] = messageReference(message)
  }
  return messages
}

function publicationChannel(parts: Components, place: string, definition: ChannelDefinition): AsyncApiChannel {
  const { pattern, events, retention, presence, typing, description } = definition
  const names = [...pattern.pattern.matchAll(/\{([^}]+)\}/g)].map((found) => found[1] as string)
  return {
    address: pattern.pattern,
    ...(description && { description }),
    ...(names.length > 0 && {
      parameters: Object.fromEntries(names.map((name) => [name, { description: 'Escaped: see `escapeParam` of @millrace/contract.' }])),
    }),
    messages: eventMessages(parts, place, events),
    'x-millrace-retention': retention,
    ...(presence && { 'x-millrace-presence': parts.addSchema(`${place}.presence`, presence, 'output') }),
    ...(typing && { 'x-millrace-typing': typing }),
  }
}

function requestChannel(parts: Components, name: string, definition: RequestDefinition): AsyncApiChannel {
  const place = `request.${name}`
  const { description } = definition
  parts.schemas.error ??= errorSchema
  parts.messages.error ??= { name: 'error', title: 'Refusal', contentType: 'application/json', payload: errorReply }
  const sent = parts.addMessage({ place, name, schema: definition.input, direction: 'input', description })
  const reply = parts.addMessage({
    place: `${place}.reply`,
    name: `${name} reply`,
    schema: definition.reply,
    direction: 'output',
    wrap: successReply,
  })
  return {
    address: name,
    ...(description && { description }),
    messages: { [sent]: messageReference(sent), [reply]: messageReference(reply), error: messageReference('error') },
  }
}
