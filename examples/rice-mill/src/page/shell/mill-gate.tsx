import { useConnection } from '@millrace/react'
import { type ReactNode, useEffect, useMemo } from 'react'
import { messageOf } from '../api/api-error.ts'
import type { Api } from '../api/mill-api.ts'
import { EmptyState } from '../components/list-state.tsx'
import { Splash } from '../components/splash.tsx'
import { useLoaded } from '../hooks/use-loaded.ts'
import { type CurrentMill, MillContext } from '../hooks/use-mill.ts'
import { useStored } from '../hooks/use-stored.ts'
import { millChannel } from '../live/channels.ts'
import { useMe } from '../session/use-session.ts'
import { Shell } from './shell.tsx'
import { useRefusal } from './use-refusal.ts'

/** Finds the mill that is to be shown: one's own, or the one that a super admin has chosen in this window. */
export function MillGate({ api }: { readonly api: Api }): ReactNode {
  const me = useMe()
  useRefusal()
  const connection = useConnection()
  const { data: mills, status, reload, ...loaded } = useLoaded(me.id, api.mills)
  const [chosen, choose] = useStored<string>('rice-mill:mill', '')
  const mill = mills?.find(({ id }) => id === chosen) ?? mills?.find(({ id }) => id === me.millId) ?? mills?.[0]

  const live = connection.state === 'live'
  const missing = mills === undefined && status === 'failed'
  useEffect(() => {
    if (live && missing) reload()
  }, [live, missing, reload])

  const current = useMemo<CurrentMill | null>(
    () =>
      mill === undefined || mills === undefined
        ? null
        : { mill, mills, channel: millChannel(mill.id), api: api.mill(mill.id), rest: api, switchTo: choose, remembered: new Map() },
    [mill, mills, api, choose],
  )
  if (current !== null)
    return (
      <MillContext value={current}>
        <Shell />
      </MillContext>
    )
  if (status === 'failed') return <Splash problem={messageOf('error' in loaded ? loaded.error : null)} onRetry={reload} />
  if (status === 'loading') return <Splash />
  return <EmptyState icon="stock" title="You are not at work in any mill" hint="Ask an administrator to assign you to one." />
}
