import { randomUUID } from 'node:crypto'
import type { NewPurchase, PurchaseUpdate } from '../contract/inputs.ts'
import type { Purchase } from '../contract.ts'
import { recordActivity } from './activity.ts'
import { dayOf } from './calendar.ts'
import { publishDashboard } from './dashboard.ts'
import type { MillContext } from './mill-context.ts'
import { moveStock } from './move-stock.ts'
import { changedMeanwhile, notFound } from './problem.ts'
import type { PurchaseQuery } from './rows/queries.ts'
import type { Page } from './rows/record-table.ts'
import { nextNumber, purchases } from './rows/tables.ts'

/*
 * Buying paddy, and the pattern of everything that is written here: inside `commit`, the row, its effects, and what is
 * told of it are written in one transaction of one database. Millrace delivers a publication when that transaction has
 * committed, and only then, so nobody hears of a purchase that does not exist, and no purchase exists unheard.
 */

export function createPurchase(at: MillContext, input: NewPurchase): Purchase {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const now = at.clock.now()
    const id = randomUUID()
    const purchase: Purchase = {
      ...input,
      _id: id,
      id,
      millId: at.millId,
      number: nextNumber(db, at.millId, 'purchase'),
      version: 1,
      day: input.day ?? dayOf(now),
      amountPaise: input.quantityKg * input.ratePaisePerKg,
      createdAt: now,
      updatedAt: now,
      createdBy: by,
    }
    purchases.insert(db, purchase)
    // `tx` puts a publication into the transaction. On SQLite it is written, or has thrown, when the call
    // returns, so there is nothing to await.
    void rt.publish(mill, 'purchase:created', { purchase, createdBy: by }, { tx: db, actor: by })
    moveStock(at, 'paddy', purchase.quantityKg, { entity: 'purchase', id })
    void rt.notify(
      { channel: mill },
      {
        type: 'success',
        title: 'New Purchase',
        message: `${by.name} created a new purchase`,
        data: { purchaseId: id },
        document: `purchase/${id}`,
      },
      { tx: db },
    )
    recordActivity(at, 'created', 'purchase', id, `bought ${purchase.quantityKg} kg of paddy from ${purchase.supplier}`)
    publishDashboard(at)
    return purchase
  })
}

export function updatePurchase(at: MillContext, id: string, { version, ...changes }: PurchaseUpdate): Purchase {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const before = getPurchase(at, id)
    // Two people have the same form open: the second to save is told, instead of undoing what the first has saved.
    if (before.version !== version) throw changedMeanwhile('purchase', before)

    const edited = { ...before, ...changes }
    const purchase: Purchase = {
      ...edited,
      amountPaise: edited.quantityKg * edited.ratePaisePerKg,
      version: version + 1,
      updatedAt: at.clock.now(),
    }
    purchases.replace(db, purchase)
    void rt.publish(mill, 'purchase:updated', { purchase, updatedBy: by }, { tx: db, actor: by })
    moveStock(at, 'paddy', purchase.quantityKg - before.quantityKg, { entity: 'purchase', id })
    recordActivity(at, 'updated', 'purchase', id, `changed purchase ${purchase.number} from ${purchase.supplier}`)
    publishDashboard(at)
    return purchase
  })
}

export function deletePurchase(at: MillContext, id: string): null {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const purchase = getPurchase(at, id)
    purchases.remove(db, purchase)
    void rt.publish(mill, 'purchase:deleted', { purchaseId: id, deletedBy: by }, { tx: db, actor: by })
    // Throws `insufficient_stock` where the paddy has been milled: then the purchase stays, and nobody hears of its end.
    moveStock(at, 'paddy', -purchase.quantityKg, { entity: 'purchase', id })
    recordActivity(at, 'deleted', 'purchase', id, `deleted purchase ${purchase.number} from ${purchase.supplier}`)
    publishDashboard(at)
    return null
  })
}

export function getPurchase({ db, millId }: MillContext, id: string): Purchase {
  const purchase = purchases.find(db, millId, id)
  if (purchase === null) throw notFound('purchase')
  return purchase
}

export function listPurchases({ db, millId }: MillContext, { q, from, to, ...page }: PurchaseQuery): Page<Purchase> {
  return purchases.page(db, millId, page, [
    { column: 'day', is: '>=', value: from },
    { column: 'day', is: '<=', value: to },
    { column: 'supplier', is: 'contains', value: q },
  ])
}
