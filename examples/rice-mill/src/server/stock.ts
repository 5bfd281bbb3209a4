import { type Severity, type Stock, stockType as stockTypes } from '../contract.ts'
import { all, type Database } from './database.ts'

export type StockRow = Omit<Stock, 'severity'>

/** How bad it is: critical when nothing is left, high to half of the minimum, medium to the minimum. */
export function severityOf(quantity: number, minStockLevel: number): Severity | null {
  if (quantity > minStockLevel) return null
  if (quantity === 0) return 'critical'
  return quantity * 2 <= minStockLevel ? 'high' : 'medium'
}

export const toStock = (row: StockRow): Stock => ({ ...row, severity: severityOf(row.quantity, row.minStockLevel) })

/** A mill's stock, in the order in which a mill thinks: paddy, rice, and what falls off. */
export function listStock(db: Database, millId: string): Stock[] {
  const rows = all<StockRow>(db, 'select * from stock where millId = ?', millId)
  return stockTypes.options.flatMap((type) => rows.filter((row) => row.stockType === type).map(toStock))
}
