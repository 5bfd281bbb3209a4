import { randomUUID } from 'node:crypto'
import type { NewSale, SaleUpdate } from '../contract/inputs.ts'
import type { Sale } from '../contract.ts'
import { recordActivity } from './activity.ts'
import { dayOf } from './calendar.ts'
import { publishDashboard } from './dashboard.ts'
import type { MillContext } from './mill-context.ts'
import { moveStock } from './move-stock.ts'
import { changedMeanwhile, notFound } from './problem.ts'
import type { SaleQuery } from './rows/queries.ts'
import type { Page } from './rows/record-table.ts'
import { nextNumber, sales } from './rows/tables.ts'

export function createSale(at: MillContext, input: NewSale): Sale {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const now = at.clock.now()
    const id = randomUUID()
    const sale: Sale = {
      ...input,
      _id: id,
      id,
      millId: at.millId,
      number: nextNumber(db, at.millId, 'sale'),
      version: 1,
      day: input.day ?? dayOf(now),
      amountPaise: input.quantityKg * input.ratePaisePerKg,
      createdAt: now,
      updatedAt: now,
      createdBy: by,
    }
    sales.insert(db, sale)
    void rt.publish(mill, 'sale:created', { sale, createdBy: by }, { tx: db, actor: by })
    moveStock(at, sale.stockType, -sale.quantityKg, { entity: 'sale', id })
    void rt.notify(
      { channel: mill },
      { type: 'success', title: 'New Sale', message: `${by.name} created a new sale`, data: { saleId: id }, document: `sale/${id}` },
      { tx: db },
    )
    recordActivity(at, 'created', 'sale', id, `sold ${sale.quantityKg} kg of ${sale.stockType} to ${sale.buyer}`)
    publishDashboard(at)
    return sale
  })
}

export function updateSale(at: MillContext, id: string, { version, ...changes }: SaleUpdate): Sale {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const before = getSale(at, id)
    if (before.version !== version) throw changedMeanwhile('sale', before)

    const edited = { ...before, ...changes }
    const sale: Sale = {
      ...edited,
      amountPaise: edited.quantityKg * edited.ratePaisePerKg,
      version: version + 1,
      updatedAt: at.clock.now(),
    }
    sales.replace(db, sale)
    void rt.publish(mill, 'sale:updated', { sale, updatedBy: by }, { tx: db, actor: by })
    const cause = { entity: 'sale', id }
    if (sale.stockType === before.stockType) moveStock(at, sale.stockType, before.quantityKg - sale.quantityKg, cause)
    else {
      moveStock(at, before.stockType, before.quantityKg, cause)
      moveStock(at, sale.stockType, -sale.quantityKg, cause)
    }
    recordActivity(at, 'updated', 'sale', id, `changed sale ${sale.number} to ${sale.buyer}`)
    publishDashboard(at)
    return sale
  })
}

export function deleteSale(at: MillContext, id: string): null {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const sale = getSale(at, id)
    sales.remove(db, sale)
    void rt.publish(mill, 'sale:deleted', { saleId: id, deletedBy: by }, { tx: db, actor: by })
    moveStock(at, sale.stockType, sale.quantityKg, { entity: 'sale', id })
    recordActivity(at, 'deleted', 'sale', id, `deleted sale ${sale.number} to ${sale.buyer}`)
    publishDashboard(at)
    return null
  })
}

export function getSale({ db, millId }: MillContext, id: string): Sale {
  const sale = sales.find(db, millId, id)
  if (sale === null) throw notFound('sale')
  return sale
}

export function listSales({ db, millId }: MillContext, { q, from, to, stockType, ...page }: SaleQuery): Page<Sale> {
  return sales.page(db, millId, page, [
    { column: 'day', is: '>=', value: from },
    { column: 'day', is: '<=', value: to },
    { column: 'buyer', is: 'contains', value: q },
    { column: 'stockType', is: '=', value: stockType },
  ])
}
