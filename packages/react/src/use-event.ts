import type { ChannelStatus, EventListener, Gap } from '@millrace/client'
import type { ChannelDefinition, ChannelRef, EventName } from '@millrace/contract'
import { useEffect, useMemo } from 'react'
import { useClient } from './provider.tsx'
import { useLatest } from './use-latest.ts'
import { useObserver } from './use-observer.ts'
import { useStableRef } from './use-stable-ref.ts'

/** Calls the newest `handler` for each publication of `event`, for as long as the component is there. */
export function useEvent<C extends ChannelDefinition, N extends EventName<C>>(
  ref: ChannelRef<C> | null,
  event: N,
  handler: EventListener<C, N>,
): void {
  const client = useClient()
  const channel = useStableRef(ref)
  const latest = useLatest(handler)
  useEffect(
    () => (channel === null ? undefined : client.channel(channel).on(event, (data, publication) => latest.current(data, publication))),
    [client, channel, event, latest],
  )
}

/** Calls the newest `handler` when publications of the channel were missed for good. */
export function useGap(ref: ChannelRef | null, handler: (gap: Gap) => void): void {
  const client = useClient()
  const channel = useStableRef(ref)
  const latest = useLatest(handler)
  useEffect(
    () => (channel === null ? undefined : client.channel(channel).subscribe({ onGap: (gap) => latest.current(gap) })),
    [client, channel, latest],
  )
}

const idle: ChannelStatus = { state: 'idle' }

/** How the channel's subscription stands; does not subscribe by itself. */
export function useChannelStatus(ref: ChannelRef | null): ChannelStatus {
  const client = useClient()
  const channel = useStableRef(ref)
  return useObserver(
    useMemo(() => (channel === null ? null : client.channel(channel).status), [client, channel]),
    idle,
  )
}
