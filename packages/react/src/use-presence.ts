import type { PresenceJoin, PresenceView } from '@millrace/client'
import type { ChannelRef } from '@millrace/contract'
import { useEffect, useMemo, useRef } from 'react'
import { useClient } from './provider.tsx'
import { useLatest } from './use-latest.ts'
import { useObserver } from './use-observer.ts'
import { useStableRef } from './use-stable-ref.ts'

const idle: PresenceView = { status: 'idle', members: [] }

/** Who is in the channel. With a `state` (not undefined) the user is shown in it; without, they only look. */
export function usePresence(ref: ChannelRef | null, state?: unknown): PresenceView {
  const client = useClient()
  const channel = useStableRef(ref)
  const presence = useMemo(() => (channel === null ? null : client.presence(channel)), [client, channel])
  const latest = useLatest(state)
  const joined = useRef<PresenceJoin | null>(null)
  const shown = state === undefined ? null : JSON.stringify(state)
  const present = shown !== null

  useEffect(() => {
    if (presence === null || !present) return
    const join = presence.join(latest.current)
    joined.current = join
    return () => {
      joined.current = null
      join.leave()
    }
  }, [presence, present, latest])
  useEffect(() => {
    if (shown !== null) joined.current?.update(latest.current)
  }, [shown, latest])

  return useObserver(presence, idle)
}
