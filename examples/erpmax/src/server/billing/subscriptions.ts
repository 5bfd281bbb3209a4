import { randomUUID } from 'node:crypto'
import type { PlanId, Subscription, User } from '../../contract.ts'
import { type App, iso } from '../app.ts'
import { one, type Sql } from '../database/port.ts'
import { planOf } from '../plans.ts'
import { conflict, denied, notFound } from '../problem.ts'
import { insertInvoice, voidOpenInvoices } from './invoices.ts'

const dayMs = 24 * 3_600_000
const trialDays = 14
export const periodMs = 30 * dayMs

interface SubscriptionRow {
  readonly id: string
  readonly tenant_id: string
  readonly plan: PlanId
  readonly status: Subscription['status']
  readonly current_period_end: number
}

function toSubscription({ current_period_end, ...row }: SubscriptionRow): Subscription {
  const { amount, currency, seats } = planOf(row.plan)
  return { ...row, amount, currency, seats, current_period_end: iso(current_period_end) }
}

export async function getSubscription(sql: Sql, tenantId: string): Promise<Subscription> {
  const row = await one<SubscriptionRow>(
    sql,
    'select id, tenant_id, plan, status, current_period_end from subscriptions where tenant_id = ?',
    tenantId,
  )
  if (row === null) throw notFound('subscription')
  return toSubscription(row)
}

/** A trial, and the invoice that ends it. */
export async function startSubscription(sql: Sql, tenantId: string, plan: PlanId, now: number): Promise<void> {
  await sql.run(
    'insert into subscriptions (id, tenant_id, plan, status, current_period_end) values (?, ?, ?, ?, ?)',
    ...[randomUUID(), tenantId, plan, 'trial', now + trialDays * dayMs],
  )
  await insertInvoice(sql, tenantId, plan, now)
}

/** Another plan from now on: what was not paid yet is void, and there is an invoice for the new one. */
export async function changePlan({ db, emit, clock }: App, by: User, plan: PlanId): Promise<Subscription> {
  if (by.role !== 'OWNER') throw denied('Only an owner may change the plan')
  return db.transact(async (sql) => {
    const changed = await sql.run('update subscriptions set plan = ? where tenant_id = ? and plan <> ?', plan, by.tenant_id, plan)
    if (changed === 0) throw conflict('This is your plan already')
    await voidOpenInvoices(sql, by.tenant_id)
    await insertInvoice(sql, by.tenant_id, plan, clock.now())
    const subscription = await getSubscription(sql, by.tenant_id)
    await emit.emitSubscriptionUpdated(by.tenant_id, subscription, sql)
    return subscription
  })
}
