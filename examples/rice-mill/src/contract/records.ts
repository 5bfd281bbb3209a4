import { z } from 'zod'

/**
 * The records of a rice mill, as REST answers them and events carry them.
 * Weights are whole kilograms, money is whole paise, times are milliseconds since 1970, days are `YYYY-MM-DD`.
 */

const id = z.string().min(1).max(64)
const text = z.string().max(500)
export const day = z.iso.date()
const time = z.int().nonnegative()
const kg = z.int().nonnegative()
const paise = z.int().nonnegative()

/** Somebody, as events name them. */
export const person = z.object({ id, name: z.string() })

export const stockType = z.enum(['paddy', 'rice', 'broken-rice', 'bran', 'husk'])
export const severity = z.enum(['medium', 'high', 'critical'])
export const role = z.enum(['SUPER_ADMIN', 'MILL_ADMIN', 'MILL_STAFF'])
export const attendanceStatus = z.enum(['present', 'half-day', 'absent'])
export const paymentMethod = z.enum(['cash', 'bank', 'upi', 'cheque'])

/** What every record has. `_id` and `id` are the same; clients of document databases read the first. */
const record = {
  _id: id,
  id,
  millId: id,
  createdAt: time,
  createdBy: person,
}

/** What a record has that people edit: an update names the version it is based on. */
const editable = { version: z.int().positive(), updatedAt: time }

export const mill = z.object({ id, name: z.string(), place: z.string() })

export const user = z.object({ id, email: z.string(), name: z.string(), role, millId: id.nullable(), isActive: z.boolean() })

export const purchase = z.object({
  ...record,
  ...editable,
  /** Counts from 1 in each mill. */
  number: z.int().positive(),
  day,
  supplier: z.string(),
  variety: z.string(),
  quantityKg: kg,
  ratePaisePerKg: paise,
  amountPaise: paise,
  note: text,
})

export const sale = z.object({
  ...record,
  ...editable,
  number: z.int().positive(),
  day,
  buyer: z.string(),
  stockType,
  quantityKg: kg,
  ratePaisePerKg: paise,
  amountPaise: paise,
  note: text,
})

/** `quantity` and `minStockLevel` are kilograms; `severity` is null while the stock is above its minimum. */
export const stock = z.object({
  millId: id,
  stockType,
  quantity: kg,
  minStockLevel: kg,
  severity: severity.nullable(),
  updatedAt: time,
})

/** Goods that came in or went out without being bought or sold. */
export const movement = z.object({
  ...record,
  number: z.int().positive(),
  direction: z.enum(['inward', 'outward']),
  day,
  stockType,
  quantityKg: kg,
  reason: text,
  vehicle: z.string(),
})

/** A milling batch takes its paddy from the stock when it starts, and gives its products to it when it is completed. */
export const batch = z.object({
  ...record,
  ...editable,
  number: z.int().positive(),
  status: z.enum(['running', 'completed']),
  paddyKg: kg,
  riceKg: kg.nullable(),
  brokenRiceKg: kg.nullable(),
  branKg: kg.nullable(),
  huskKg: kg.nullable(),
  completedAt: time.nullable(),
  completedOn: day.nullable(),
  completedBy: person.nullable(),
})

export const payment = z.object({
  ...record,
  number: z.int().positive(),
  direction: z.enum(['received', 'made']),
  day,
  party: z.string(),
  amountPaise: paise,
  method: paymentMethod,
  note: text,
})

/** The paper that a payer is given; each payment received has one. */
export const receipt = z.object({
  ...record,
  number: z.int().positive(),
  paymentId: id,
  day,
  party: z.string(),
  amountPaise: paise,
  method: paymentMethod,
})

export const staffMember = z.object({
  ...record,
  name: z.string(),
  duty: z.string(),
  dailyWagePaise: paise,
  joinedOn: day,
  leftOn: day.nullable(),
})

export const attendance = z.object({
  millId: id,
  staffId: id,
  staffName: z.string(),
  day,
  status: attendanceStatus,
  markedAt: time,
  markedBy: person,
})

/** One line of the activity feed. */
export const activity = z.object({
  _id: id,
  id,
  millId: id,
  /** Counts from 1 in each mill. */
  number: z.int().positive(),
  user: person,
  /** What was done: `created`, `updated`, `deleted`, `started`, `completed`, `marked`, `joined`, `left`. */
  action: z.string(),
  /** To what: `purchase`, `sale`, `payment`, … */
  entity: z.string(),
  entityId: id,
  message: z.string(),
  at: time,
})

/** One day of the dashboard's charts. */
export const dayFigures = z.object({
  day,
  purchasedKg: kg,
  purchasedPaise: paise,
  soldKg: kg,
  soldPaise: paise,
  milledKg: kg,
  receivedPaise: paise,
  paidPaise: paise,
})

export const dashboardStats = z.object({
  millId: id,
  at: time,
  today: dayFigures,
  /** The last 14 days, oldest first; the last one is today. */
  days: z.array(dayFigures),
  stock: z.array(stock),
  runningBatches: z.int().nonnegative(),
  /** Sold and not yet received; bought and not yet paid. Negative when more was paid than is due. */
  receivablePaise: z.int(),
  payablePaise: z.int(),
  staff: z.object({ total: z.int().nonnegative(), present: z.int().nonnegative(), absent: z.int().nonnegative() }),
})

export type Person = z.infer<typeof person>
export type StockType = z.infer<typeof stockType>
export type Severity = z.infer<typeof severity>
export type Mill = z.infer<typeof mill>
export type User = z.infer<typeof user>
export type Purchase = z.infer<typeof purchase>
export type Sale = z.infer<typeof sale>
export type Stock = z.infer<typeof stock>
export type Movement = z.infer<typeof movement>
export type Batch = z.infer<typeof batch>
export type Payment = z.infer<typeof payment>
export type Receipt = z.infer<typeof receipt>
export type StaffMember = z.infer<typeof staffMember>
export type Attendance = z.infer<typeof attendance>
export type Activity = z.infer<typeof activity>
export type DayFigures = z.infer<typeof dayFigures>
export type DashboardStats = z.infer<typeof dashboardStats>
