import type { Store } from '@millrace/server'
import { tenant } from '../app.ts'
import { hashPassword } from '../auth/passwords.ts'
import { type Database, one, run } from '../database.ts'
import { activities, batches, payments, purchases, receipts, sales, staff } from '../rows/tables.ts'
import { directory } from '../users.ts'
import { seededChance } from './chance.ts'
import { type History, writeHistory } from './history.ts'
import { seededMills, seededPassword, seededUsers } from './people.ts'

/** Fills a new database: all of it in one transaction, so that a start that was cut off begins anew. */
export async function seed(db: Database, store: Store, now: number): Promise<void> {
  if (one(db, 'select 1 from mills') !== null) return
  const passwordHash = await hashPassword(seededPassword)
  db.transaction(() => {
    for (const { id, name, place } of seededMills) run(db, 'insert into mills (id, name, place) values (?, ?, ?)', id, name, place)
    for (const { id, email, name, role, millId, isActive } of seededUsers)
      run(
        db,
        'insert into users (id, email, name, passwordHash, role, millId, isActive) values (?, ?, ?, ?, ?, ?, ?)',
        id,
        email,
        name,
        passwordHash,
        role,
        millId,
        isActive ? 1 : 0,
      )
    for (const [index, { id: millId }] of seededMills.entries()) {
      const keeper = seededUsers.find((user) => user.millId === millId) ?? seededUsers[0]
      if (keeper === undefined) throw new Error('the seed has no users')
      const history = writeHistory({ millId, by: { id: keeper.id, name: keeper.name }, now, chance: seededChance(1_000 + index) })
      insertHistory(db, millId, history)
      insertNotifications(db, store, millId, history)
    }
  }).immediate()
}

function insertHistory(db: Database, millId: string, history: History): void {
  for (const purchase of history.purchases) purchases.insert(db, purchase)
  for (const sale of history.sales) sales.insert(db, sale)
  for (const batch of history.batches) batches.insert(db, batch)
  for (const payment of history.payments) payments.insert(db, payment)
  for (const receipt of history.receipts) receipts.insert(db, receipt)
  for (const member of history.staff) staff.insert(db, member)
  for (const activity of history.activities) activities.insert(db, activity)
  for (const { staffId, day, status, markedAt, by } of history.attendance)
    run(
      db,
      'insert into attendance (millId, staffId, day, status, markedAt, markedBy) values (?, ?, ?, ?, ?, ?)',
      millId,
      staffId,
      day,
      status,
      markedAt,
      JSON.stringify(by),
    )
  for (const { stockType, quantity, minStockLevel, updatedAt } of history.stock)
    run(
      db,
      'insert into stock (millId, stockType, quantity, minStockLevel, updatedAt) values (?, ?, ?, ?, ?)',
      millId,
      stockType,
      quantity,
      minStockLevel,
      updatedAt,
    )
  const series = {
    purchase: history.purchases,
    sale: history.sales,
    batch: history.batches,
    payment: history.payments,
    receipt: history.receipts,
    activity: history.activities,
  }
  for (const [name, records] of Object.entries(series))
    run(db, 'insert into numbers (millId, series, last) values (?, ?, ?)', millId, name, records.length)
}

/** What the bell shows at the first sign-in: the last purchases, as notifications of their own time. */
function insertNotifications(db: Database, store: Store, millId: string, { purchases: bought }: History): void {
  for (const { id, createdAt, createdBy } of bought.slice(-4))
    void store.inbox.addWithin(db, tenant, directory.ofMill(db, millId), {
      id: `${id}-notice`,
      createdAt,
      type: 'success',
      title: 'New Purchase',
      message: `${createdBy.name} created a new purchase`,
      data: { purchaseId: id },
      document: `purchase/${id}`,
    })
}
