import { contract } from '../contract.ts'

const { channels } = contract

/** The rooms of each namespace: one for each person, and one for each tenant. */
export const rooms = {
  '/': { user: channels.user, tenant: channels.tenant },
  '/notifications': { user: channels.notificationsUser, tenant: channels.notificationsTenant },
  '/provisioning': { user: channels.provisioningUser, tenant: channels.provisioningTenant },
  '/billing': { user: channels.billingUser, tenant: channels.billingTenant },
} as const

export type Namespace = keyof typeof rooms

export const isNamespace = (name: string): name is Namespace => Object.hasOwn(rooms, name)
