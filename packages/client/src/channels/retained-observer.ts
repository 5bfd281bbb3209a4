import type { ChannelDefinition, ChannelRef, EventData, EventName } from '@millrace/contract'
import type { Observer } from '../observer.ts'
import type { Channels } from './channels.ts'
import { emptyRetained, type RetainedView } from './retained-values.ts'

/** The names of a channel's retained events. */
export type RetainedEventName<C extends ChannelDefinition> = {
  [N in EventName<C>]: C['events'][N]['delivery'] extends 'retained' ? N : never
}[EventName<C>]

/** The newest value of a retained event; subscribed to, it keeps the channel subscribed. */
export function createRetainedObserver<C extends ChannelDefinition, N extends RetainedEventName<C>>(
  channels: Channels,
  ref: ChannelRef<C>,
  event: N,
): Observer<RetainedView<EventData<C['events'], N>>> {
  return {
    subscribe(listener) {
      const channel = channels.entry(ref)
      const stop = channel.retained.subscribe(listener)
      const detach = channel.attach({})
      return () => {
        stop()
        detach()
      }
    },
    // Holds: the server has checked the data of `event` against the schema that this type comes from.
    getSnapshot: () => (channels.peek(ref)?.values.view(event) ?? emptyRetained) as RetainedView<EventData<C['events'], N>>,
  }
}
