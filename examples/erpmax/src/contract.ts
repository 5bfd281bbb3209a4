import { channel, defineContract, event, request } from '@millrace/contract'
import { z } from 'zod'
import * as records from './contract/records.ts'

/**
 * What ERPMax's orchestrator and its clients agree on. Names and payloads are those that its mobile and web clients know. The rooms `user:` and
 * `tenant:` exist in each namespace; here each of them is a channel of its own: `provisioning/tenant:t-1` is `tenant:t-1` in `/provisioning`.
 */

const id = z.string().min(1).max(64)

export const notificationNew = z.object({
  id,
  title: z.string(),
  message: z.string(),
  type: records.notificationType,
  created_at: z.iso.datetime(),
})

const notificationEvents = { 'notification:new': event(notificationNew) }

const provisioningEvents = {
  // The newest is all that counts, and what somebody gets who comes in the middle.
  'status:update': event(z.object({ tenant_id: id, status: records.siteStatus, progress: z.int().min(0).max(100), message: z.string() }), {
    delivery: 'retained',
  }),
  'status:completed': event(z.object({ tenant_id: id, erpnext_url: z.string() })),
  'status:failed': event(z.object({ tenant_id: id, error: z.string() })),
}

const billingEvents = {
  'subscription:updated': event(z.object({ subscription: records.subscription })),
  'subscription:expiring': event(z.object({ days_left: z.int() })),
  'payment:received': event(z.object({ amount: z.number(), currency: z.string() })),
}

/** In the main namespace anything may be told. */
const everything = { ...notificationEvents, ...provisioningEvents, ...billingEvents }

const days = (count: number) => count * 24 * 3_600_000
const retention = { maxAgeMs: days(30), maxCount: 10_000 }

export const contract = defineContract({
  title: 'ERPMax orchestrator',
  version: '1.0.0',
  channels: {
    user: channel('user:{userId}', { retention, events: everything }),
    /** Everybody of one customer: who is here, who types, what they say. */
    tenant: channel('tenant:{tenantId}', {
      retention,
      presence: z.object({ view: z.string().min(1).max(40) }).optional(),
      typing: { start: 'chat:typing', stop: 'chat:stop-typing' },
      events: {
        ...everything,
        'chat:message': event(records.chatMessage),
        'chat:typing': event(z.object({ user: records.person }), { delivery: 'volatile' }),
        'chat:stop-typing': event(z.object({ user: records.person }), { delivery: 'volatile' }),
      },
    }),
    notificationsUser: channel('notifications/user:{userId}', { retention, events: notificationEvents }),
    notificationsTenant: channel('notifications/tenant:{tenantId}', { retention, events: notificationEvents }),
    provisioningUser: channel('provisioning/user:{userId}', { retention, events: provisioningEvents }),
    provisioningTenant: channel('provisioning/tenant:{tenantId}', { retention, events: provisioningEvents }),
    billingUser: channel('billing/user:{userId}', { retention, events: billingEvents }),
    billingTenant: channel('billing/tenant:{tenantId}', { retention, events: billingEvents }),
  },

  requests: {
    ping: request(z.unknown(), z.undefined(), { replyEvent: 'pong' }),
    notification_read: request(z.object({ notification_id: id }), z.object({ notification_id: id }), {
      replyEvent: 'notification_read_confirmed',
    }),
    'chat:send': request(z.object({ id, text: z.string().trim().min(1).max(2_000) }), records.chatMessage),
    'chat:typing': request(z.unknown(), z.null()),
    'chat:stop-typing': request(z.unknown(), z.null()),
  },

  direct: {
    connected: event(z.object({ message: z.string(), user_id: id, tenant_id: id })),
    error: event(z.object({ message: z.string() })),
  },
})

export type ErpmaxContract = typeof contract
export * from './contract/records.ts'
