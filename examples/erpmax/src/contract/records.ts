import { z } from 'zod'

/*
 * The records of the orchestrator, as REST answers with them and events carry them. Field names are those of ERPMax: snake_case.
 * Times are ISO 8601, money is a decimal amount with its currency.
 */

const id = z.string().min(1).max(64)
const time = z.iso.datetime()

export const planId = z.enum(['starter', 'growth', 'scale'])
export type PlanId = z.infer<typeof planId>

export const plan = z.object({ id: planId, name: z.string(), amount: z.number(), currency: z.string(), seats: z.int() })
export type Plan = z.infer<typeof plan>

export const user = z.object({ id, tenant_id: id, email: z.string(), name: z.string(), role: z.enum(['OWNER', 'MEMBER']) })
export type User = z.infer<typeof user>

export const tenant = z.object({ id, name: z.string(), subdomain: z.string(), created_at: time })
export type Tenant = z.infer<typeof tenant>

export const siteStatus = z.enum(['queued', 'provisioning', 'completed', 'failed'])
export type SiteStatus = z.infer<typeof siteStatus>

/** A tenant's ERPNext site, and how far its provisioning is. */
export const site = z.object({
  tenant_id: id,
  status: siteStatus,
  /** Percent. */
  progress: z.int().min(0).max(100),
  message: z.string(),
  erpnext_url: z.string().nullable(),
  error: z.string().nullable(),
  updated_at: time,
})
export type Site = z.infer<typeof site>

export const subscription = z.object({
  id,
  tenant_id: id,
  plan: planId,
  status: z.enum(['trial', 'active', 'past_due']),
  amount: z.number(),
  currency: z.string(),
  seats: z.int(),
  current_period_end: time,
})
export type Subscription = z.infer<typeof subscription>

export const invoice = z.object({
  id,
  tenant_id: id,
  number: z.string(),
  plan: planId,
  amount: z.number(),
  currency: z.string(),
  status: z.enum(['open', 'paid', 'void']),
  created_at: time,
  paid_at: time.nullable(),
})
export type Invoice = z.infer<typeof invoice>

export const payment = z.object({
  id,
  tenant_id: id,
  invoice_id: id,
  amount: z.number(),
  currency: z.string(),
  method: z.enum(['card', 'transfer']),
  created_at: time,
})
export type Payment = z.infer<typeof payment>

export const person = z.object({ id, name: z.string() })

/** A line of the tenant's own chat. */
export const chatMessage = z.object({ id, text: z.string().min(1).max(2_000), from: person, created_at: time })
export type ChatMessage = z.infer<typeof chatMessage>

export const notificationType = z.enum(['info', 'success', 'warning', 'error'])
export type NotificationType = z.infer<typeof notificationType>
