import type { LiveListObserver, LiveListOptions, LiveListView } from '@millrace/client'
import type { ChannelDefinition, ChannelRef } from '@millrace/contract'
import { useMemo } from 'react'
import { useClient } from './provider.tsx'
import { useLatest } from './use-latest.ts'
import { useObserver } from './use-observer.ts'
import { useStableRef } from './use-stable-ref.ts'

const idle = { status: 'idle', rows: new Map<never, never>() } as const satisfies LiveListView<never, never>
const loading: LiveListView<never, never> = { ...idle, status: 'loading' }
const nothing = (): void => {}

/** Rows that were loaded and follow the channel's events. The newest `options` are used; a new ref loads anew. */
export function useLiveList<C extends ChannelDefinition, Key, Row>(
  ref: ChannelRef<C> | null,
  options: LiveListOptions<C, Key, Row>,
): LiveListView<Key, Row> & { readonly reload: () => void } {
  const client = useClient()
  const channel = useStableRef(ref)
  const latest = useLatest(options)
  const observer = useMemo<LiveListObserver<Key, Row> | null>(() => {
    if (channel === null) return null
    const options: LiveListOptions<C, Key, Row> = {
      load: (context) => latest.current.load(context),
      key: (row) => latest.current.key(row),
      get apply() {
        return latest.current.apply
      },
    }
    return client.liveList(channel, options)
  }, [client, channel, latest])
  // Holds: an empty map is a map of whatever rows.
  const atRest = (channel === null ? idle : loading) as LiveListView<Key, Row>
  const view = useObserver(observer, atRest)
  return useMemo(() => ({ ...view, reload: observer?.reload ?? nothing }), [view, observer])
}
