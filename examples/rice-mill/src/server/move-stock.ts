import type { StockType } from '../contract.ts'
import { type Database, one } from './database.ts'
import type { MillContext } from './mill-context.ts'
import { Problem } from './problem.ts'
import { type StockRow, toStock } from './stock.ts'
import { alertLowStock } from './stock-alerts.ts'

/**
 * Changes a stock by `changeKg` and tells of it; part of the caller's transaction.
 * Throws `insufficient_stock` where there is less than is to be taken.
 */
export function moveStock(
  at: MillContext,
  stockType: StockType,
  changeKg: number,
  cause: { readonly entity: string; readonly id: string },
): void {
  if (changeKg === 0) return
  const { db, rt, mill, by, millId } = at
  const row = one<StockRow>(
    db,
    `update stock set quantity = quantity + ?1, updatedAt = ?2
     where millId = ?3 and stockType = ?4 and quantity + ?1 >= 0 returning *`,
    changeKg,
    at.clock.now(),
    millId,
    stockType,
  )
  if (row === null) {
    const available = quantityOf(db, millId, stockType)
    throw new Problem('insufficient_stock', `There are ${available} kg of ${stockType}; ${-changeKg} kg are needed`, {
      stockType,
      availableKg: available,
      neededKg: -changeKg,
    })
  }
  const stock = toStock(row)
  void rt.publish(mill, 'stock:updated', { stock, change: changeKg, cause, updatedBy: by }, { tx: db, actor: by })
  alertLowStock(at, stock)
}

function quantityOf(db: Database, millId: string, stockType: StockType): number {
  return one<{ quantity: number }>(db, 'select quantity from stock where millId = ? and stockType = ?', millId, stockType)?.quantity ?? 0
}
