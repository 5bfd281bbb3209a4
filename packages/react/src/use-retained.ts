import type { RetainedEventName, RetainedView } from '@millrace/client'
import type { ChannelDefinition, ChannelRef, EventData } from '@millrace/contract'
import { useMemo } from 'react'
import { useClient } from './provider.tsx'
import { useObserver } from './use-observer.ts'
import { useStableRef } from './use-stable-ref.ts'

const empty: RetainedView<never> = { value: undefined, values: new Map<string, never>() }

/** The newest value of a retained event, and the newest by key. */
export function useRetained<C extends ChannelDefinition, N extends RetainedEventName<C>>(
  ref: ChannelRef<C> | null,
  event: N,
): RetainedView<EventData<C['events'], N>> {
  const client = useClient()
  const channel = useStableRef(ref)
  const observer = useMemo(() => (channel === null ? null : client.retained(channel, event)), [client, channel, event])
  return useObserver<RetainedView<EventData<C['events'], N>>>(observer, empty)
}
