import { MillraceProvider } from '@millrace/react'
import { type ReactNode, useMemo, useState } from 'react'
import { contract, type User } from '../contract.ts'
import { createApi } from './api/orchestrator-api.ts'
import { Splash } from './components/splash.tsx'
import { type Desk, DeskContext } from './hooks/use-desk.ts'
import { useLoaded } from './hooks/use-loaded.ts'
import { openLiveClient } from './live/live-client.ts'
import { useSession } from './session/use-session.ts'
import { Shell } from './shell/shell.tsx'

const { tenant: tenantChannel, provisioningTenant, billingTenant } = contract.channels

/** The page of somebody who is signed in: their connection, their tenant. */
export function Workplace({ me }: { readonly me: User }): ReactNode {
  const session = useSession()
  const [client] = useState(() => openLiveClient(session))
  const [rest] = useState(() => createApi(session))
  const { data: tenant, status, reload } = useLoaded('tenant', rest.tenant)
  const desk = useMemo<Desk | null>(() => {
    if (tenant === undefined) return null
    const tenantId = me.tenant_id
    const channels = {
      channel: tenantChannel({ tenantId }),
      provisioning: provisioningTenant({ tenantId }),
      billing: billingTenant({ tenantId }),
    }
    return { me, tenant, rest, ...channels }
  }, [me, tenant, rest])
  if (desk === null) return status === 'failed' ? <Splash problem="ERPMax cannot be reached right now." onRetry={reload} /> : <Splash />
  return (
    <MillraceProvider client={client}>
      <DeskContext value={desk}>
        <Shell />
      </DeskContext>
    </MillraceProvider>
  )
}
