import { z } from 'zod'
import { announcement, newPayment, planChange } from '../../contract/inputs.ts'
import type { App } from '../app.ts'
import { listInvoices } from '../billing/invoices.ts'
import { listPayments, pay } from '../billing/payments.ts'
import { changePlan, getSubscription } from '../billing/subscriptions.ts'
import { listChat } from '../chat.ts'
import { announce } from '../notices.ts'
import { plans } from '../plans.ts'
import { parse } from '../problem.ts'
import { getSite, retrySite } from '../sites.ts'
import { getTenant } from '../tenants.ts'
import { created, ok } from './answer.ts'
import type { Routes } from './routes.ts'

const inboxQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(512).optional(),
  unread: z.enum(['true', 'false']).optional(),
})

/** The customer's own business. */
export function addTenantRoutes({ forAnyone, forUsers }: Routes, app: App): void {
  const { db, rt } = app
  forAnyone('get', '/plans', () => ok(plans))
  forUsers('get', '/tenant', async ({ tenant_id }) => ok(await getTenant(db, tenant_id)))
  forUsers('get', '/site', async ({ tenant_id }) => ok(await getSite(app, tenant_id)))
  forUsers('post', '/site/retry', async (user) => created(await retrySite(app, await getTenant(db, user.tenant_id), user)))
  forUsers('get', '/subscription', async ({ tenant_id }) => ok(await getSubscription(db, tenant_id)))
  forUsers('post', '/subscription', async (user, { body }) => ok(await changePlan(app, user, parse(planChange, body).plan)))
  forUsers('get', '/invoices', async ({ tenant_id }) => ok(await listInvoices(db, tenant_id)))
  forUsers('get', '/payments', async ({ tenant_id }) => ok(await listPayments(db, tenant_id)))
  forUsers('post', '/payments', async (user, { body }) => created(await pay(app, user, parse(newPayment, body))))
  forUsers('get', '/chat', async ({ tenant_id }) => ok(await listChat(db, tenant_id)))
  forUsers('post', '/notifications', async (user, { body }) => created(await announce(app, user, parse(announcement, body))))
  forUsers('get', '/notifications', async ({ id, tenant_id: tenant }, { query }) => {
    const { limit, cursor, unread } = parse(inboxQuery, query)
    return ok(
      await rt.inbox.list(id, { tenant, limit, ...(cursor !== undefined && { cursor }), ...(unread === 'true' && { unread: true }) }),
    )
  })
}
