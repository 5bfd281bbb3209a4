import { channel, defineContract, event, request } from '@millrace/contract'
import { z } from 'zod'
import * as records from './contract/records.ts'

/**
 * What the server and the page agree on: the channels, the events that travel in them, and what a client may ask.
 * The names and payloads are those that the mill's existing Socket.IO clients know.
 */

const { person } = records
const id = z.string().min(1).max(64)
const millId = id

/** A notice as it is announced; the inbox keeps it for each of its readers. */
const notification = event(
  z.object({
    type: z.enum(['info', 'success', 'warning', 'error']),
    title: z.string(),
    message: z.string(),
    data: z.record(z.string(), z.json()),
  }),
)

const typing = z.object({ millId, entity: z.string().min(1).max(40), action: z.string().min(1).max(40) })
/** A person who stops typing may leave out what they typed in. */
const stopTyping = typing.partial({ entity: true, action: true })

const days = (count: number) => count * 24 * 3_600_000

export const contract = defineContract({
  title: 'Rice mill',
  version: '1.0.0',
  channels: {
    /** One person, on all their devices. */
    user: channel('user:{userId}', { events: { notification } }),

    /** Everything that happens in one mill. */
    mill: channel('mill:{millId}', {
      retention: { maxAgeMs: days(30), maxCount: 200_000 },
      presence: z.object({ view: z.string().min(1).max(40) }).optional(),
      typing: { start: 'activity:typing', stop: 'activity:stop-typing' },
      events: {
        notification,
        'purchase:created': event(z.object({ purchase: records.purchase, createdBy: person })),
        'purchase:updated': event(z.object({ purchase: records.purchase, updatedBy: person })),
        'purchase:deleted': event(z.object({ purchaseId: id, deletedBy: person })),
        'sale:created': event(z.object({ sale: records.sale, createdBy: person })),
        'sale:updated': event(z.object({ sale: records.sale, updatedBy: person })),
        'sale:deleted': event(z.object({ saleId: id, deletedBy: person })),
        'inward:created': event(z.object({ inward: records.movement, createdBy: person })),
        'outward:created': event(z.object({ outward: records.movement, createdBy: person })),
        'milling:started': event(z.object({ batch: records.batch, startedBy: person })),
        'milling:completed': event(z.object({ batch: records.batch, completedBy: person })),
        'stock:updated': event(
          z.object({
            stock: records.stock,
            /** Kilograms; negative when stock went out. */
            change: z.int(),
            cause: z.object({ entity: z.string(), id }),
            updatedBy: person,
          }),
        ),
        'stock:low-alert': event(
          z.object({
            stockType: records.stockType,
            currentQuantity: z.int().nonnegative(),
            minLevel: z.int().nonnegative(),
            severity: records.severity,
          }),
        ),
        'payment:received': event(z.object({ payment: records.payment, createdBy: person })),
        'payment:made': event(z.object({ payment: records.payment, createdBy: person })),
        'receipt:created': event(z.object({ receipt: records.receipt, createdBy: person })),
        'dashboard:stats': event(records.dashboardStats, { delivery: 'retained' }),
        'activity:new': event(records.activity),
        'activity:typing': event(z.object({ user: person, entity: z.string(), action: z.string() }), { delivery: 'volatile' }),
        'activity:stop-typing': event(z.object({ user: person }), { delivery: 'volatile' }),
        'attendance:marked': event(z.object({ attendance: records.attendance, markedBy: person })),
        'staff:joined': event(z.object({ staff: records.staffMember, addedBy: person })),
        'staff:left': event(z.object({ staff: records.staffMember, removedBy: person })),
      },
    }),

    /** Every super admin. */
    admin: channel('admin', { events: { notification } }),

    /** Everybody who is signed in. */
    everyone: channel('everyone', { events: { notification } }),
  },

  requests: {
    'join:mill': request(millId, z.object({ millId }), { replyEvent: 'joined:mill' }),
    'leave:mill': request(millId, z.object({ millId }), { replyEvent: 'left:mill' }),
    'request:dashboard': request(millId, records.dashboardStats, { replyEvent: 'dashboard:stats' }),
    'activity:typing': request(typing, z.null()),
    'activity:stop-typing': request(stopTyping, z.null()),
  },

  direct: {
    connected: event(z.object({ userId: id, message: z.string() })),
    error: event(z.object({ message: z.string() })),
  },
})

export type RiceMillContract = typeof contract
export * from './contract/records.ts'
