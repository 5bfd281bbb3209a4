import { z } from 'zod'
import { attendanceStatus, day, paymentMethod, role, stockType } from './records.ts'

/** What people send. The page checks its forms with the same schemas that the server checks requests with. */

const name = z.string().trim().min(1).max(120)
const note = z.string().trim().max(500)
const quantityKg = z.int().min(1).max(10_000_000)
const ratePaisePerKg = z.int().min(1).max(10_000_000)
const amountPaise = z.int().min(1).max(1_000_000_000_000)
const version = z.int().positive()
/** Left out: today. */
const onDay = day.optional()

export const login = z.object({ email: z.string().trim().toLowerCase().max(254), password: z.string().min(1).max(200) })
export const refresh = z.object({ refreshToken: z.string().min(1).max(200) })

export const newPurchase = z.object({ supplier: name, variety: name, quantityKg, ratePaisePerKg, day: onDay, note: note.default('') })
/** Fields that are left out stay as they are. */
export const purchaseUpdate = z.object({
  version,
  supplier: name.exactOptional(),
  variety: name.exactOptional(),
  quantityKg: quantityKg.exactOptional(),
  ratePaisePerKg: ratePaisePerKg.exactOptional(),
  day: day.exactOptional(),
  note: note.exactOptional(),
})

export const newSale = z.object({ buyer: name, stockType, quantityKg, ratePaisePerKg, day: onDay, note: note.default('') })
export const saleUpdate = z.object({
  version,
  buyer: name.exactOptional(),
  stockType: stockType.exactOptional(),
  quantityKg: quantityKg.exactOptional(),
  ratePaisePerKg: ratePaisePerKg.exactOptional(),
  day: day.exactOptional(),
  note: note.exactOptional(),
})

export const newMovement = z.object({
  direction: z.enum(['inward', 'outward']),
  stockType,
  quantityKg,
  reason: name,
  vehicle: z.string().trim().max(40).default(''),
  day: onDay,
})

export const newBatch = z.object({ paddyKg: quantityKg })
const producedKg = z.int().min(0).max(10_000_000)
export const batchCompletion = z.object({ version, riceKg: producedKg, brokenRiceKg: producedKg, branKg: producedKg, huskKg: producedKg })

export const newPayment = z.object({
  direction: z.enum(['received', 'made']),
  party: name,
  amountPaise,
  method: paymentMethod,
  day: onDay,
  note: note.default(''),
})

export const newStaffMember = z.object({ name, duty: name, dailyWagePaise: z.int().min(0).max(10_000_000), joinedOn: onDay })
export const staffLeave = z.object({ leftOn: onDay })
export const attendanceMark = z.object({ staffId: z.string().min(1).max(64), status: attendanceStatus, day: onDay })

export const userUpdate = z
  .object({ isActive: z.boolean(), role, millId: z.string().min(1).max(64).nullable() })
  .partial()
  .refine((update) => Object.keys(update).length > 0, 'name at least one of isActive, role and millId')

export const announcement = z.object({
  target: z.union([
    z.object({ user: z.string().min(1).max(64) }),
    z.object({ mill: z.string().min(1).max(64) }),
    z.object({ admins: z.literal(true) }),
    z.object({ everyone: z.literal(true) }),
  ]),
  type: z.enum(['info', 'success', 'warning', 'error']).default('info'),
  title: name,
  message: z.string().trim().min(1).max(1_000),
})

export type Login = z.infer<typeof login>
export type NewPurchase = z.infer<typeof newPurchase>
export type PurchaseUpdate = z.infer<typeof purchaseUpdate>
export type NewSale = z.infer<typeof newSale>
export type SaleUpdate = z.infer<typeof saleUpdate>
export type NewMovement = z.infer<typeof newMovement>
export type NewBatch = z.infer<typeof newBatch>
export type BatchCompletion = z.infer<typeof batchCompletion>
export type NewPayment = z.infer<typeof newPayment>
export type NewStaffMember = z.infer<typeof newStaffMember>
export type StaffLeave = z.infer<typeof staffLeave>
export type AttendanceMark = z.infer<typeof attendanceMark>
export type UserUpdate = z.infer<typeof userUpdate>
export type Announcement = z.infer<typeof announcement>
