import type { ReactNode } from 'react'
import { purchaseKind } from '../trade/kind.ts'
import { TradeView } from '../trade/trade-view.tsx'
import { usePurchaseTrades } from '../trade/use-trades.ts'

export function Purchases({ record }: { readonly record: string | undefined }): ReactNode {
  return <TradeView kind={purchaseKind} list={usePurchaseTrades()} record={record} />
}
