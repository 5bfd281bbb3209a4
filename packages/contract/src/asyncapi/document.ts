import type { JsonSchema } from './json-schema.ts'

export interface Reference {
  readonly $ref: string
}

export interface AsyncApiMessage {
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly contentType: 'application/json'
  readonly payload: Reference | JsonSchema
  readonly [extension: `x-millrace-${string}`]: unknown
}

export interface AsyncApiChannel {
  readonly address: string | null
  readonly description?: string
  readonly parameters?: Readonly<Record<string, { readonly description: string }>>
  readonly messages: Readonly<Record<string, Reference>>
  readonly [extension: `x-millrace-${string}`]: unknown
}

export interface AsyncApiOperation {
  /** From the server's side: it sends publications and direct events, and receives requests. */
  readonly action: 'send' | 'receive'
  readonly channel: Reference
  readonly description?: string
  readonly messages: readonly Reference[]
  readonly reply?: { readonly channel: Reference; readonly messages: readonly Reference[] }
  readonly [extension: `x-millrace-${string}`]: unknown
}

/** An AsyncAPI 3.0 document, ready for `JSON.stringify`. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly defaultContentType: 'application/json'
  readonly channels: Readonly<Record<string, AsyncApiChannel>>
  readonly operations: Readonly<Record<string, AsyncApiOperation>>
  readonly components: {
    readonly messages: Readonly<Record<string, AsyncApiMessage>>
    readonly schemas: Readonly<Record<string, JsonSchema>>
  }
  readonly [extension: `x-millrace-${string}`]: unknown
}
