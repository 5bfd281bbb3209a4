import type { DeliveryClass, Retention } from './delivery.ts'
import { retentionDefaults } from './delivery.ts'
import { type ChannelName, type ChannelParams, type ChannelPattern, channelPattern, type MatchedParams } from './pattern.ts'
import type { InferInput, InferOutput, Schema } from './schema.ts'

export interface EventDefinition<S extends Schema = Schema, D extends DeliveryClass = DeliveryClass> {
  readonly schema: S
  readonly delivery: D
  /** Retained events: one newest value is kept per key. Without it there is one per event. */
  readonly key?: (data: InferOutput<S>) => string
  readonly description?: string
}

export interface EventOptions<S extends Schema, D extends DeliveryClass> {
  /** @default 'durable' */
  readonly delivery?: D
  readonly key?: (data: InferOutput<S>) => string
  readonly description?: string
}

/** Declares an event: its payload and its delivery class. */
export function event<S extends Schema, D extends DeliveryClass = 'durable'>(
  schema: S,
  options: EventOptions<S, D> = {},
): EventDefinition<S, D> {
  // Holds: D is 'durable' exactly when no delivery was given.
  const delivery = (options.delivery ?? 'durable') as D
  if (options.key !== undefined && delivery !== 'retained') throw new TypeError('an event with a `key` has delivery "retained"')
  return { schema, delivery, ...(options.key && { key: options.key }), ...(options.description && { description: options.description }) }
}

// Method parameters are bivariant, which lets a map of specific events be assigned to the general one.
export type EventMap = Readonly<
  Record<string, { readonly schema: Schema; readonly delivery: DeliveryClass; key?(data: never): string; readonly description?: string }>
>

/** Typing signals of a channel: both are volatile events with the payload `{ user: { id, name }, ...detail }`. */
export interface TypingEvents<Names extends string = string> {
  readonly start: Names
  readonly stop: Names
}

export interface ChannelOptions<E extends EventMap> {
  readonly events: E
  /** What is not given is taken from `retentionDefaults`. */
  readonly retention?: Partial<Retention>
  /** The state that presence members may show. Without it the channel has no presence. */
  readonly presence?: Schema
  readonly typing?: TypingEvents<Extract<keyof E, string>>
  readonly description?: string
}

export interface ChannelDefinition<P extends string = string, E extends EventMap = EventMap> {
  readonly pattern: ChannelPattern<P>
  readonly events: E
  readonly retention: Retention
  readonly presence?: Schema
  readonly typing?: TypingEvents
  readonly description?: string
}

/** Declares a channel pattern and the events that travel in its channels. */
export function channel<const P extends string, E extends EventMap>(pattern: P, options: ChannelOptions<E>): ChannelDefinition<P, E> {
  const { events, retention, ...rest } = options
  for (const name of rest.typing ? [rest.typing.start, rest.typing.stop] : [])
    if (events[name]?.delivery !== 'volatile') throw new TypeError(`channel "${pattern}": typing event "${name}" has delivery "volatile"`)
  return { pattern: channelPattern(pattern), events, retention: { ...retentionDefaults, ...retention }, ...rest }
}

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
  return { input, reply, ...options }
}

/** One channel of a contract, made by `contract.channels.NAME(params)`. */
export interface ChannelRef<C extends ChannelDefinition = ChannelDefinition> {
  /** The channel's key in the contract. */
  readonly channel: string
  readonly name: ChannelName
  readonly params: MatchedParams<C extends ChannelDefinition<infer P> ? P : string>
  readonly definition: C
}

export type ChannelMap = Readonly<Record<string, ChannelDefinition>>
export type RequestMap = Readonly<Record<string, RequestDefinition>>

export interface ContractOptions<C extends ChannelMap, R extends RequestMap, D extends EventMap> {
  readonly title?: string
  readonly version?: string
  readonly channels: C
  readonly requests?: R
  /** Events that the server sends to one connection. */
  readonly direct?: D
  /** Lets connections without a token in, as guests. @default false */
  readonly guests?: boolean
}

type PatternOf<C> = C extends ChannelDefinition<infer P, infer _> ? P : never
type ParamsArgument<P extends string> = keyof ChannelParams<P> extends never ? [params?: Record<string, never>] : [params: ChannelParams<P>]

/** Makes a reference to one channel: `contract.channels.mill({ millId: '7' })`. */
export interface ChannelFactory<C extends ChannelDefinition> {
  (...args: ParamsArgument<PatternOf<C>>): ChannelRef<C>
  readonly definition: C
  readonly channel: string
}

export interface Contract<C extends ChannelMap = ChannelMap, R extends RequestMap = RequestMap, D extends EventMap = EventMap> {
  readonly title: string
  readonly version: string
  readonly channels: { readonly [K in keyof C]: ChannelFactory<C[K]> }
  readonly requests: R
  readonly direct: D
  readonly guests: boolean
  /** The reference that a channel's name stands for, or null where no pattern fits. */
  resolve(name: string): ChannelRef | null
}

const reservedPrefix = /^(\$|mr:)/
const socketIoReserved = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'])

function refuseReserved(kind: string, name: string): void {
  if (reservedPrefix.test(name) || socketIoReserved.has(name)) throw new TypeError(`${kind} "${name}" is a reserved name: choose another`)
}

/** One contract gives the types on both ends, the validation at run time and the AsyncAPI document (CON1). */
export function defineContract<
  C extends ChannelMap,
  R extends RequestMap = Record<never, never>,
  D extends EventMap = Record<never, never>,
>(options: ContractOptions<C, R, D>): Contract<C, R, D> {
  const factories: Record<string, ChannelFactory<ChannelDefinition>> = {}
  const byPattern = new Map<string, string>()
  for (const [key, definition] of Object.entries(options.channels) as [string, ChannelDefinition][]) {
    for (const name of Object.keys(definition.events)) refuseReserved('event', name)
    const shape = definition.pattern.pattern.replace(/\{[^}]*\}/g, '{}')
    const other = byPattern.get(shape)
    if (other !== undefined) throw new TypeError(`channels "${other}" and "${key}" have patterns that mean the same names: change one`)
    byPattern.set(shape, key)
    const make = (params: ChannelParams<string> = {}): ChannelRef => {
      const name = definition.pattern.format(params)
      return { channel: key, name, params: definition.pattern.match(name) ?? {}, definition }
    }
    factories[key] = Object.assign(make, { definition, channel: key })
  }
  for (const name of Object.keys(options.requests ?? {})) refuseReserved('request', name)
  for (const name of Object.keys(options.direct ?? {})) refuseReserved('event', name)

  return {
    title: options.title ?? 'Millrace contract',
    version: options.version ?? '1.0.0',
    // Holds: one factory was made for each key of `channels`.
    channels: factories as Contract<C, R, D>['channels'],
    requests: options.requests ?? ({} as R),
    direct: options.direct ?? ({} as D),
    guests: options.guests ?? false,
    resolve(name) {
      for (const factory of Object.values(factories)) {
        const params = factory.definition.pattern.match(name)
        if (params !== null) return { channel: factory.channel, name: name as ChannelName, params, definition: factory.definition }
      }
      return null
    },
  }
}

/** What every contract is, whatever it declares. */
export interface AnyContract {
  readonly title: string
  readonly version: string
  readonly channels: Readonly<Record<string, { readonly definition: ChannelDefinition; readonly channel: string }>>
  readonly requests: RequestMap
  readonly direct: EventMap
  readonly guests: boolean
  resolve(name: string): ChannelRef | null
}

export type EventsOf<C extends ChannelDefinition> = C['events']
export type EventName<C extends ChannelDefinition> = Extract<keyof C['events'], string>
/** What a publisher gives for an event. */
export type EventInput<E extends EventMap, N extends keyof E> = InferInput<E[N]['schema']>
/** What a subscriber receives for an event. */
export type EventData<E extends EventMap, N extends keyof E> = InferOutput<E[N]['schema']>
export type RequestInput<R extends RequestMap, N extends keyof R> = InferInput<R[N]['input']>
export type RequestReply<R extends RequestMap, N extends keyof R> = InferOutput<R[N]['reply']>
