import type { Activity, Batch, Payment, Person, Purchase, Receipt, Sale, StaffMember, Stock } from '../../contract.ts'
import { addDays, dayOf } from '../calendar.ts'
import type { Chance } from './chance.ts'
import { buyers, suppliers, varieties, workers } from './people.ts'

const days = 14
const hourMs = 3_600_000

export interface History {
  readonly purchases: readonly Purchase[]
  readonly sales: readonly Sale[]
  readonly batches: readonly Batch[]
  readonly payments: readonly Payment[]
  readonly receipts: readonly Receipt[]
  readonly staff: readonly StaffMember[]
  readonly attendance: readonly {
    readonly staffId: string
    readonly day: string
    readonly status: string
    readonly markedAt: number
    readonly by: Person
  }[]
  readonly stock: readonly Omit<Stock, 'severity'>[]
  readonly activities: readonly Activity[]
}

const minimums = { paddy: 5_000, rice: 2_000, 'broken-rice': 300, bran: 400, husk: 500 } as const

/** Two weeks of a mill's business that ends today: the same for the same chance, and its stock adds up. */
export function writeHistory({ millId, by, now, chance }: { millId: string; by: Person; now: number; chance: Chance }): History {
  const purchases: Purchase[] = []
  const sales: Sale[] = []
  const batches: Batch[] = []
  const payments: Payment[] = []
  const receipts: Receipt[] = []
  const attendance: History['attendance'][number][] = []
  const activities: Activity[] = []
  const stock: Record<keyof typeof minimums, number> = { paddy: 14_000, rice: 3_000, 'broken-rice': 500, bran: 600, husk: 800 }
  const today = dayOf(now)
  const firstDay = addDays(today, 1 - days)

  const record = (kind: string, number: number, createdAt: number) => {
    const id = `${millId}-${kind}-${number}`
    return { _id: id, id, millId, number, createdAt, createdBy: by }
  }
  const tell = (action: string, entity: string, entityId: string, did: string, at: number) => {
    const number = activities.length + 1
    const id = `${millId}-activity-${number}`
    activities.push({ _id: id, id, millId, number, user: by, action, entity, entityId, message: `${by.name} ${did}`, at })
  }

  function buy(day: string, at: number): void {
    const quantityKg = chance.between(12, 40) * 100
    const ratePaisePerKg = chance.between(2_150, 2_450)
    const supplier = chance.pick(suppliers)
    const head = record('purchase', purchases.length + 1, at)
    const amountPaise = quantityKg * ratePaisePerKg
    purchases.push({
      ...head,
      version: 1,
      updatedAt: at,
      day,
      supplier,
      variety: chance.pick(varieties),
      quantityKg,
      ratePaisePerKg,
      amountPaise,
      note: '',
    })
    stock.paddy += quantityKg
    tell('created', 'purchase', head.id, `bought ${quantityKg} kg of paddy from ${supplier}`, at)
    if (chance.between(1, 3) > 1) pay('made', day, supplier, amountPaise, at)
  }

  function mill(day: string, at: number): void {
    const paddyKg = Math.min(chance.between(35, 65) * 100, Math.floor(stock.paddy / 200) * 100)
    const share = (percent: number) => Math.floor((paddyKg * percent) / 100)
    const products = { riceKg: share(chance.between(64, 67)), brokenRiceKg: share(3), branKg: share(8), huskKg: share(20) }
    const head = record('batch', batches.length + 1, at)
    const done = { completedAt: at + 4 * hourMs, completedOn: day, completedBy: by }
    batches.push({ ...head, ...products, ...done, version: 2, updatedAt: done.completedAt, status: 'completed', paddyKg })
    stock.paddy -= paddyKg
    stock.rice += products.riceKg
    stock['broken-rice'] += products.brokenRiceKg
    stock.bran += products.branKg
    stock.husk += products.huskKg
    tell('completed', 'batch', head.id, `completed batch ${head.number}: ${products.riceKg} kg of rice`, done.completedAt)
  }

  function sell(day: string, at: number): void {
    const stockType = chance.pick(['rice', 'rice', 'rice', 'bran', 'husk', 'broken-rice'])
    const quantityKg = Math.min(chance.between(6, 18) * 100, stock[stockType] - minimums[stockType] - 100)
    if (quantityKg <= 0) return
    const ratePaisePerKg = stockType === 'rice' ? chance.between(4_100, 4_700) : chance.between(350, 1_900)
    const buyer = chance.pick(buyers)
    const head = record('sale', sales.length + 1, at)
    const amountPaise = quantityKg * ratePaisePerKg
    sales.push({ ...head, version: 1, updatedAt: at, day, buyer, stockType, quantityKg, ratePaisePerKg, amountPaise, note: '' })
    stock[stockType] -= quantityKg
    tell('created', 'sale', head.id, `sold ${quantityKg} kg of ${stockType} to ${buyer}`, at)
    if (chance.between(1, 3) > 1) pay('received', day, buyer, amountPaise, at)
  }

  function pay(direction: Payment['direction'], day: string, party: string, amountPaise: number, at: number): void {
    const method = chance.pick(['bank', 'upi', 'cash', 'cheque'])
    const head = record('payment', payments.length + 1, at)
    payments.push({ ...head, direction, day, party, amountPaise, method, note: '' })
    if (direction === 'received')
      receipts.push({ ...record('receipt', receipts.length + 1, at), paymentId: head.id, day, party, amountPaise, method })
  }

  const staff = workers.map(([name, duty, dailyWagePaise], index): StaffMember => {
    const { number: _, ...head } = record('staff', index + 1, now - days * 24 * hourMs)
    return { ...head, name, duty, dailyWagePaise, joinedOn: firstDay, leftOn: null }
  })

  for (let back = days - 1; back >= 0; back -= 1) {
    const day = addDays(today, -back)
    // Business at nine, ten and so on of that day; today it ends before now.
    const at = (hour: number) => Math.min(now - (20 - hour) * 60_000, now - back * 24 * hourMs - (15 - hour) * hourMs)
    for (let left = chance.between(1, 3); left > 0; left -= 1) buy(day, at(9))
    if (back > 0) mill(day, at(10))
    for (let left = chance.between(1, 3); left > 0; left -= 1) sell(day, at(14))
    if (back > 0)
      for (const { id } of staff)
        attendance.push({
          staffId: id,
          day,
          status: chance.pick(['present', 'present', 'present', 'half-day', 'absent']),
          markedAt: at(9),
          by,
        })
  }

  // One kind of stock begins below its minimum, so that there is something to see.
  if (millId === 'mill-1') stock.husk = 180
  const stockRows = (Object.keys(minimums) as (keyof typeof minimums)[]).map((stockType) => ({
    millId,
    stockType,
    quantity: stock[stockType],
    minStockLevel: minimums[stockType],
    updatedAt: now,
  }))
  return { purchases, sales, batches, payments, receipts, staff, attendance, stock: stockRows, activities }
}
