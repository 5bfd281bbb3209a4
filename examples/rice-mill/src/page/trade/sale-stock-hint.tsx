import type { ReactNode } from 'react'
import { kilograms, quintals } from '../format/weight.ts'
import { useStock } from '../hooks/use-stock.ts'

/** How much of the goods is there to be sold, live. */
export function SaleStockHint({ goods, quantityKg }: { readonly goods: string; readonly quantityKg: number | null }): ReactNode {
  const stock = [...useStock().rows.values()].find(({ stockType }) => stockType === goods)
  if (stock === undefined) return quantityKg === null ? '1 quintal is 100 kg' : `= ${quintals(quantityKg)}`
  const enough = quantityKg === null || quantityKg <= stock.quantity
  return (
    <span className="num" style={enough ? undefined : { color: 'var(--bad)' }}>
      {kilograms(stock.quantity)} in stock
    </span>
  )
}
