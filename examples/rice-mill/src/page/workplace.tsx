import { MillraceProvider } from '@millrace/react'
import { type ReactNode, useState } from 'react'
import { createApi } from './api/mill-api.ts'
import { openLiveClient } from './live/live-client.ts'
import { useSession } from './session/use-session.ts'
import { MillGate } from './shell/mill-gate.tsx'

/** The page of somebody who is signed in: their connection, their mill. */
export function Workplace(): ReactNode {
  const session = useSession()
  const [client] = useState(() => openLiveClient(session))
  const [api] = useState(() => createApi(session))
  return (
    <MillraceProvider client={client}>
      <MillGate api={api} />
    </MillraceProvider>
  )
}
