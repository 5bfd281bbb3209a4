import type { Purchase, Sale, Stock, StockType } from '../../contract.ts'

type Rates = ReadonlyMap<StockType, number>

/** Paise for a kilogram of each kind of stock, as it was last traded. `newest first` */
export function latestRates(purchases: readonly Purchase[], sales: readonly Sale[]): Rates {
  const rates = new Map<StockType, number>()
  const [lastPurchase] = purchases
  if (lastPurchase !== undefined) rates.set('paddy', lastPurchase.ratePaisePerKg)
  for (const { stockType, ratePaisePerKg } of sales) if (!rates.has(stockType)) rates.set(stockType, ratePaisePerKg)
  return rates
}

/** What the stock is worth at these rates, in paise; stock that was never traded counts as nothing. */
export function stockValue(stock: readonly Stock[], rates: Rates): number {
  return stock.reduce((sum, { stockType, quantity }) => sum + quantity * (rates.get(stockType) ?? 0), 0)
}
