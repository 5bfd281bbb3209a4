import type { Severity, StockType } from '../../contract.ts'

export const stockNames: Readonly<Record<StockType, string>> = {
  paddy: 'Paddy',
  rice: 'Rice',
  'broken-rice': 'Broken rice',
  bran: 'Bran',
  husk: 'Husk',
}

// Holds: the table has every stock type as a key.
export const stockTypes = Object.keys(stockNames) as StockType[]

export const severityNames: Readonly<Record<Severity, string>> = { medium: 'Low', high: 'Very low', critical: 'Out of stock' }
export const severityColors: Readonly<Record<Severity, string>> = { medium: 'yellow', high: 'red', critical: 'red' }

export const roleNames = { SUPER_ADMIN: 'Super admin', MILL_ADMIN: 'Mill admin', MILL_STAFF: 'Mill staff' } as const
export const methodNames = { cash: 'Cash', bank: 'Bank transfer', upi: 'UPI', cheque: 'Cheque' } as const

/** `3 purchases`, `1 purchase` */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-IN')} ${count === 1 ? one : many}`

/** `Asha`, `Asha and Ravi`, `Asha, Ravi and Meena` */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}

/** `Bran and husk`: only the first letter is a capital. */
export const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()

export const firstName = (name: string): string => name.split(' ')[0] ?? name

export const initials = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part[0] ?? '')
    .join('')
    .toUpperCase()
