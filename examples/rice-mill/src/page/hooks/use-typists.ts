import { useTyping } from '@millrace/react'
import { firstName, listed } from '../format/words.ts'
import { useMill } from './use-mill.ts'

const objects: Readonly<Record<string, string>> = {
  purchase: 'a purchase',
  sale: 'a sale',
  movement: 'a stock movement',
  batch: 'a batch',
  payment: 'a payment',
  staff: 'a staff member',
}

/** Who is entering or changing something, in a sentence; null for nobody. `entity`: only that. */
export function useTypists(entity?: string): string | null {
  const { channel } = useMill()
  const { typists } = useTyping(channel)
  const shown = typists.filter(({ detail }) => entity === undefined || detail.entity === entity)
  const [first, ...others] = shown
  if (first === undefined) return null
  const names = listed(shown.map(({ id, name = id }) => firstName(name)))
  const { entity: what, action } = first.detail
  const alike = others.every(({ detail }) => detail.entity === what && detail.action === action)
  const does = alike && typeof action === 'string' && typeof what === 'string' ? `${action} ${objects[what] ?? what}` : 'typing'
  return `${names} ${shown.length > 1 ? 'are' : 'is'} ${does}…`
}
