import type { ChannelDefinition, ChannelMap, ChannelRef } from './channel.ts'
import { channelIndex } from './channel-index.ts'
import { checkEvents, type EventMap } from './event.ts'
import type { ChannelName, ChannelParams } from './pattern.ts'
import type { RequestMap } from './request.ts'
import { onlyOwn, refuseReserved } from './reserved.ts'

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

function channelFactory(channel: string, definition: ChannelDefinition): ChannelFactory<ChannelDefinition> {
  const make = (params: ChannelParams<string> = {}): ChannelRef => {
    const name = definition.pattern.format(params)
    return { channel, name, params: definition.pattern.match(name) ?? {}, definition }
  }
  return Object.assign(make, { definition, channel })
}

/** One contract gives the types on both ends, the validation at run time and the AsyncAPI document (CON1). */
export function defineContract<
  C extends ChannelMap,
  R extends RequestMap = Record<never, never>,
  D extends EventMap = Record<never, never>,
>(options: ContractOptions<C, R, D>): Contract<C, R, D> {
  const factories: Record<string, ChannelFactory<ChannelDefinition>> = {}
  for (const [key, definition] of Object.entries(options.channels)) {
    refuseReserved('channel', key)
    factories[key] = channelFactory(key, definition)
  }
  for (const name of Object.keys(options.requests ?? {})) refuseReserved('request', name)
  checkEvents(options.direct ?? {})
  const find = channelIndex(options.channels)

  return {
    title: options.title ?? 'Millrace contract',
    version: options.version ?? '1.0.0',
    // Holds: one factory was made for each key of `channels`.
    channels: onlyOwn(factories) as Contract<C, R, D>['channels'],
    // Holds: R and D are the empty record exactly when they were not given.
    requests: onlyOwn(options.requests ?? ({} as R)),
    direct: onlyOwn(options.direct ?? ({} as D)),
    guests: options.guests ?? false,
    resolve(name) {
      const found = find(name)
      // Holds: a name that a pattern matches is spelt as `format` spells it.
      return found && { ...found, name: name as ChannelName }
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
