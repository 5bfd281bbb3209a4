import { createContext, use } from 'react'
import type { ErpmaxContract, Tenant, User } from '../../contract.ts'
import type { Api } from '../api/orchestrator-api.ts'

type Channels = ErpmaxContract['channels']

/** Where somebody works: their tenant, its channels, and REST. */
export interface Desk {
  readonly me: User
  readonly tenant: Tenant
  readonly rest: Api
  readonly channel: ReturnType<Channels['tenant']>
  readonly provisioning: ReturnType<Channels['provisioningTenant']>
  readonly billing: ReturnType<Channels['billingTenant']>
}

export const DeskContext = createContext<Desk | null>(null)

export function useDesk(): Desk {
  const desk = use(DeskContext)
  if (desk === null) throw new Error('nobody is signed in')
  return desk
}
