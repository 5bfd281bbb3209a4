import type { IconName } from './components/icon.tsx'

/** The views of the page, in the order of the sidebar. */
export interface Place {
  readonly path: string
  readonly name: string
  readonly icon: IconName
  /** Typed after `g`. */
  readonly key: string
  /** In the bar at the bottom of a phone; the others are behind "More". */
  readonly first?: boolean
  readonly superAdminOnly?: boolean
  /** `n` opens this view's own form. */
  readonly entry?: boolean
}

export const places = [
  { path: '/', name: 'Dashboard', icon: 'dashboard', key: 'd', first: true },
  { path: '/purchases', name: 'Purchases', icon: 'purchase', key: 'p', first: true, entry: true },
  { path: '/sales', name: 'Sales', icon: 'sale', key: 's', first: true, entry: true },
  { path: '/stock', name: 'Stock', icon: 'stock', key: 't', first: true, entry: true },
  { path: '/milling', name: 'Milling', icon: 'batch', key: 'm', entry: true },
  { path: '/money', name: 'Money', icon: 'payment', key: 'y', entry: true },
  { path: '/staff', name: 'Staff', icon: 'staff', key: 'f', entry: true },
  { path: '/activity', name: 'Activity', icon: 'activity', key: 'a' },
  { path: '/people', name: 'People', icon: 'people', key: 'o', superAdminOnly: true },
] as const satisfies readonly Place[]

/** The view that an address belongs to. */
export function placeAt(location: string): Place | undefined {
  const segment = `/${location.split('/')[1] ?? ''}`
  return places.find(({ path }) => path === segment)
}

/** Where a notification's or an activity's document is shown. */
export function pathOf(entity: string, id: string): string | null {
  switch (entity) {
    case 'purchase':
    case 'sale':
      return `/${entity}s/${id}`
    case 'stock':
    case 'movement':
    case 'inward':
    case 'outward':
      return '/stock'
    case 'batch':
      return '/milling'
    case 'payment':
    case 'receipt':
      return '/money'
    case 'staff':
    case 'attendance':
      return '/staff'
    default:
      return null
  }
}
