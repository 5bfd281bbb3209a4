import type { Activity } from '../../contract.ts'
import type { IconName } from './icon.tsx'

const icons: Readonly<Record<string, IconName>> = {
  purchase: 'purchase',
  sale: 'sale',
  batch: 'batch',
  movement: 'truck',
  inward: 'truck',
  outward: 'truck',
  payment: 'payment',
  receipt: 'receipt',
  staff: 'staff',
  attendance: 'check',
  stock: 'stock',
}

export const activityIcon = ({ entity }: Pick<Activity, 'entity'>): IconName => icons[entity] ?? 'activity'

export function activityTone({ action, entity }: Pick<Activity, 'action' | 'entity'>): string {
  if (action === 'deleted' || action === 'left') return 'bad'
  if (action === 'updated') return 'warn'
  return entity === 'sale' ? 'sell' : entity === 'batch' ? 'milled' : 'buy'
}

/** The message without the name before it, which is shown by itself. */
export const deedOf = ({ message, user }: Activity): string =>
  message.startsWith(`${user.name} `) ? message.slice(user.name.length + 1) : message
