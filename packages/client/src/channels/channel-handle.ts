import type { ChannelDefinition, ChannelRef, EventData, EventName, Publication } from '@millrace/contract'
import type { Observer, Unsubscribe } from '../observer.ts'
import { type Report, safely } from '../report.ts'
import type { ChannelStatus, Gap } from './channel.ts'
import type { Channels } from './channels.ts'
import { type FeedOptions, type LoadContext, startFeed } from './feed.ts'

export type EventListener<C extends ChannelDefinition, N extends EventName<C>> = (
  data: EventData<C['events'], N>,
  publication: Publication<N, EventData<C['events'], N>>,
) => void

export interface SubscribeOptions<C extends ChannelDefinition> {
  readonly on?: { readonly [N in EventName<C>]?: EventListener<C, N> }
  /** Hears every publication, also of events that the contract does not have (CON4). */
  readonly onPublication?: (publication: Publication) => void
  /**
   * Fetches the snapshot: once the subscription is live, and after a gap. Publications after `position` wait until it has
   * resolved. The snapshot may hold some of them already: apply them idempotently.
   */
  readonly load?: (context: LoadContext) => unknown
  /** Publications were missed for good. Told once for each gap. */
  readonly onGap?: (gap: Gap) => void
}

/** A channel's publications, for as long as somebody listens. */
export interface ChannelHandle<C extends ChannelDefinition = ChannelDefinition> {
  readonly ref: ChannelRef<C>
  readonly status: Observer<ChannelStatus>
  on<N extends EventName<C>>(event: N, listener: EventListener<C, N>): Unsubscribe
  /** Listens to several events as one consumer, with a snapshot where `load` is given. */
  subscribe(options?: SubscribeOptions<C>): Unsubscribe
}

export interface ChannelHandleOptions extends Pick<FeedOptions, 'clock' | 'random' | 'report' | 'maxHeld'> {
  readonly channels: Channels
}

type Listeners = Readonly<Record<string, ((data: never, publication: never) => void) | undefined>>

function delivery(
  channel: string,
  listeners: Listeners,
  every: ((publication: Publication) => void) | undefined,
  report: Report,
): (publications: readonly Publication[]) => void {
  return (publications) => {
    for (const publication of publications) {
      const { event, data } = publication
      if (every !== undefined) safely(report, { during: 'listener', channel, event }, () => every(publication))
      const listener = Object.hasOwn(listeners, event) ? listeners[event] : undefined
      // Holds: the server has checked the data of `event` against the schema that typed this listener.
      if (listener !== undefined)
        safely(report, { during: 'listener', channel, event }, () => listener(data as never, publication as never))
    }
  }
}

export function createChannelHandle<C extends ChannelDefinition>(ref: ChannelRef<C>, options: ChannelHandleOptions): ChannelHandle<C> {
  const { channels, report } = options

  function subscribe({ on = {}, onPublication, load, onGap }: SubscribeOptions<C> = {}): Unsubscribe {
    const channel = channels.entry(ref)
    const deliver = delivery(ref.name, on, onPublication, report)
    if (load !== undefined) return startFeed({ ...options, channel, deliver, load, onGap }).stop
    return channel.attach({
      onPublications: deliver,
      onGap(gap) {
        if (onGap !== undefined) safely(report, { during: 'listener', channel: ref.name }, () => onGap(gap))
      },
    })
  }

  return {
    ref,
    status: {
      subscribe: (listener) => channels.entry(ref).status.subscribe(listener),
      getSnapshot: () => channels.peek(ref)?.status.getSnapshot() ?? idleStatus,
    },
    subscribe,
    // Holds: one listener for one event name of the channel is a map of listeners.
    on: (event, listener) => subscribe({ on: { [event]: listener } as SubscribeOptions<C>['on'] & object }),
  }
}

const idleStatus: ChannelStatus = { state: 'idle' }
