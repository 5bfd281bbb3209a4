import { refuseReserved } from './reserved.ts'
import type { InferInput, InferOutput, Schema } from './schema.ts'

export interface RequestDefinition<I extends Schema = Schema, R extends Schema = Schema> {
  readonly input: I
  readonly reply: R
  readonly replyEvent?: string
  readonly description?: string
}

export interface RequestOptions {
  /** For stock clients that pass no ack callback: the reply is sent to them as this event. */
  readonly replyEvent?: string
  readonly description?: string
}

/** Declares a client's question and the server's answer. */
export function request<I extends Schema, R extends Schema>(input: I, reply: R, options: RequestOptions = {}): RequestDefinition<I, R> {
  if (options.replyEvent !== undefined) refuseReserved('event', options.replyEvent)
  return { input, reply, ...options }
}

export type RequestMap = Readonly<Record<string, RequestDefinition>>
/** What a client sends. */
export type RequestInput<R extends RequestMap, N extends keyof R> = InferInput<R[N]['input']>
/** What a client is answered. */
export type RequestReply<R extends RequestMap, N extends keyof R> = InferOutput<R[N]['reply']>
