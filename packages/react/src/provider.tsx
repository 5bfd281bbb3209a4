import type { MillraceClient } from '@millrace/client'
import { createContext, type ReactNode, use, useEffect } from 'react'

const ClientContext = createContext<MillraceClient | null>(null)

export interface MillraceProviderProps {
  readonly client: MillraceClient
  readonly children?: ReactNode
}

/** Gives the client to the hooks below it, and connects it. Who made the client closes it. */
export function MillraceProvider({ client, children }: MillraceProviderProps): ReactNode {
  useEffect(() => client.connect(), [client])
  return <ClientContext value={client}>{children}</ClientContext>
}

/** The client of the nearest provider. */
export function useClient(): MillraceClient {
  const client = use(ClientContext)
  if (client === null) throw new Error('No Millrace client here: put <MillraceProvider client={client}> around the component')
  return client
}
