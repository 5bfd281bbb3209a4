import { useMemo } from 'react'
import type { PagedList } from '../hooks/use-paged-list.ts'
import { usePurchases, useSales } from '../hooks/use-records.ts'
import { purchaseTrade, saleTrade, type Trade } from './trade.ts'

export function usePurchaseTrades(): PagedList<Trade> {
  const list = usePurchases()
  return { ...list, rows: useMemo(() => list.rows.map(purchaseTrade), [list.rows]) }
}

export function useSaleTrades(): PagedList<Trade> {
  const list = useSales()
  return { ...list, rows: useMemo(() => list.rows.map(saleTrade), [list.rows]) }
}
