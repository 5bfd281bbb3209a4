import { z } from 'zod'
import { day, stockType } from '../../contract/records.ts'

/** The query strings of lists. */

const paging = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(64).optional(),
}
const period = { from: day.optional(), to: day.optional() }
const search = z.string().trim().min(1).max(120).optional()

export const pageQuery = z.object(paging)
export const purchaseQuery = z.object({ ...paging, ...period, q: search })
export const saleQuery = z.object({ ...paging, ...period, q: search, stockType: stockType.optional() })
export const movementQuery = z.object({ ...paging, ...period, direction: z.enum(['inward', 'outward']).optional() })
export const batchQuery = z.object({ ...paging, status: z.enum(['running', 'completed']).optional() })
export const paymentQuery = z.object({ ...paging, ...period, direction: z.enum(['received', 'made']).optional() })
export const receiptQuery = z.object({ ...paging, ...period })

export type PageRequest = z.infer<typeof pageQuery>
export type PurchaseQuery = z.infer<typeof purchaseQuery>
export type SaleQuery = z.infer<typeof saleQuery>
export type MovementQuery = z.infer<typeof movementQuery>
export type BatchQuery = z.infer<typeof batchQuery>
export type PaymentQuery = z.infer<typeof paymentQuery>
export type ReceiptQuery = z.infer<typeof receiptQuery>
