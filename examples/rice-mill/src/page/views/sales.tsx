import type { ReactNode } from 'react'
import { saleKind } from '../trade/kind.ts'
import { TradeView } from '../trade/trade-view.tsx'
import { useSaleTrades } from '../trade/use-trades.ts'

export function Sales({ record }: { readonly record: string | undefined }): ReactNode {
  return <TradeView kind={saleKind} list={useSaleTrades()} record={record} />
}
