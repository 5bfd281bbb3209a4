import { useStock } from '../hooks/use-stock.ts'
import { type Place, places } from '../places.ts'
import { useMe } from '../session/use-session.ts'

export interface NavLink extends Place {
  /** Something to see to there. */
  readonly count: number
}

/** The views that this person may open. */
export function useNavLinks(): readonly NavLink[] {
  const me = useMe()
  const stock = useStock()
  const low = [...stock.rows.values()].filter(({ severity }) => severity !== null).length
  return places
    .filter((place: Place) => !place.superAdminOnly || me.role === 'SUPER_ADMIN')
    .map((place) => ({ ...place, count: place.path === '/stock' ? low : 0 }))
}
