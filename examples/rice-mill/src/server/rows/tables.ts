import type { Activity, Batch, Movement, Payment, Purchase, Receipt, Sale, StaffMember } from '../../contract/records.ts'
import { type Database, one } from '../database.ts'
import { recordTable } from './record-table.ts'

export const purchases = recordTable<Purchase>('purchases', ['createdBy'])
export const sales = recordTable<Sale>('sales', ['createdBy'])
export const movements = recordTable<Movement>('movements', ['createdBy'])
export const batches = recordTable<Batch>('batches', ['createdBy', 'completedBy'])
export const payments = recordTable<Payment>('payments', ['createdBy'])
export const receipts = recordTable<Receipt>('receipts', ['createdBy'])
export const staff = recordTable<StaffMember>('staff', ['createdBy'])
export const activities = recordTable<Activity>('activity', ['user'])

type Series = 'purchase' | 'sale' | 'movement' | 'batch' | 'payment' | 'receipt' | 'activity'

/** The next number of a series in a mill, from 1; never given twice, not even after a deletion. */
export function nextNumber(db: Database, millId: string, series: Series): number {
  const row = one<{ last: number }>(
    db,
    `insert into numbers (millId, series, last) values (?, ?, 1)
     on conflict (millId, series) do update set last = last + 1 returning last`,
    millId,
    series,
  )
  if (row === null) throw new Error(`no number for the series ${series}`)
  return row.last
}
