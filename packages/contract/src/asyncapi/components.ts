import type { Schema } from '../schema.ts'
import type { AsyncApiMessage, Reference } from './document.ts'
import { embed, type JsonSchema, type SchemaDirection, standardJsonSchema, type ToJsonSchema } from './json-schema.ts'

/** Gives out keys as AsyncAPI allows them, never the same one twice. */
export function keyMaker(): (wanted: string) => string {
  const taken = new Set<string>()
  return (wanted) => {
    const plain = wanted.replace(/[^A-Za-z0-9_.-]+/g, '-')
    let key = plain
    for (let count = 2; taken.has(key); count++) key = `${plain}-${count}`
    taken.add(key)
    return key
  }
}

export interface MessageInput {
  /** Unique place in the contract, such as `mill.purchase:created`. */
  readonly place: string
  readonly name: string
  readonly schema: Schema
  readonly direction: SchemaDirection
  readonly description?: string | undefined
  readonly extensions?: Readonly<Record<`x-millrace-${string}`, unknown>>
  /** Puts the schema into the frame that it travels in. */
  readonly wrap?: (payload: Reference) => JsonSchema
}

export interface Components {
  readonly messages: Record<string, AsyncApiMessage>
  readonly schemas: Record<string, JsonSchema>
  addSchema(place: string, schema: Schema, direction: SchemaDirection): Reference
  /** Answers the message's key. */
  addMessage(input: MessageInput): string
}

/** The messages and schemas of a document while it is being built. */
export function components(toJsonSchema: ToJsonSchema | undefined): Components {
  const messages: Record<string, AsyncApiMessage> = {}
  const schemas: Record<string, JsonSchema> = {}
  const messageKey = keyMaker()
  const schemaKey = keyMaker()

  function convert(place: string, schema: Schema, direction: SchemaDirection): JsonSchema {
    try {
      const converted = toJsonSchema?.(schema, direction) ?? standardJsonSchema(schema, direction)
      if (converted !== null) return converted
    } catch (error) {
      throw new TypeError(`${place}: its schema has no JSON Schema: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
    throw new TypeError(
      `${place}: its schema library ("${schema['~standard'].vendor}") does not say JSON Schema by itself: pass the option toJsonSchema`,
    )
  }

  function addSchema(place: string, schema: Schema, direction: SchemaDirection): Reference {
    const key = schemaKey(place)
    const $ref = `#/components/schemas/${key}`
    schemas[key] = embed(convert(place, schema, direction), $ref)
    return { $ref }
  }

  return {
    messages,
    schemas,
    addSchema,
    addMessage({ place, name, schema, direction, description, extensions, wrap }) {
      const key = messageKey(place)
      const payload = addSchema(place, schema, direction)
      messages[key] = {
        name,
        title: name,
        ...(description && { description }),
        contentType: 'application/json',
        payload: wrap ? wrap(payload) : payload,
        ...extensions,
      }
      return key
    },
  }
}

export function messageReference(key: string): Reference {
  return { $ref: `#/components/messages/${key}` }
}
