import { type LiveListView, upsert } from '@millrace/client'
import { useLiveList } from '@millrace/react'
import { createContext, use } from 'react'
import type { Stock, StockType } from '../../contract.ts'
import { useMill } from './use-mill.ts'

type StockView = LiveListView<StockType, Stock>

/** Shown in many places at once, and loaded once: the shell provides it. */
export const StockContext = createContext<StockView>({ status: 'idle', rows: new Map() })

export const useStock = (): StockView => use(StockContext)

export function useLiveStock(): StockView {
  const { channel, api } = useMill()
  return useLiveList<typeof channel.definition, StockType, Stock>(channel, {
    load: ({ signal }) => api.stock({ signal }),
    key: (stock) => stock.stockType,
    apply: { 'stock:updated': ({ stock }) => upsert(stock) },
  })
}
