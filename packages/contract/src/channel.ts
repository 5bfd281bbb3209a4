import { type Retention, retentionDefaults } from './delivery.ts'
import { checkEvents, type EventMap } from './event.ts'
import { type ChannelName, type ChannelPattern, channelPattern, type MatchedParams } from './pattern.ts'
import { onlyOwn } from './reserved.ts'
import type { Schema } from './schema.ts'

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
  const { events, retention: given, ...rest } = options
  checkEvents(events)
  for (const name of rest.typing ? [rest.typing.start, rest.typing.stop] : [])
    if (!Object.hasOwn(events, name) || events[name]?.delivery !== 'volatile')
      throw new TypeError(`channel "${pattern}": typing event "${name}" must be one of its events, with delivery "volatile"`)
  const retention = { ...retentionDefaults, ...given }
  for (const [setting, value] of Object.entries(retention))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new TypeError(`channel "${pattern}": retention.${setting} is ${value}; give a whole number of at least 1`)
  return { ...rest, pattern: channelPattern(pattern), events: onlyOwn(events), retention }
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
export type EventsOf<C extends ChannelDefinition> = C['events']
export type EventName<C extends ChannelDefinition> = Extract<keyof C['events'], string>
