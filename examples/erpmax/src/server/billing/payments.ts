import { randomUUID } from 'node:crypto'
import type { NewPayment } from '../../contract/inputs.ts'
import type { Payment, Subscription, User } from '../../contract.ts'
import { type App, iso } from '../app.ts'
import type { Sql } from '../database/port.ts'
import { toAmount } from '../plans.ts'
import { conflict } from '../problem.ts'
import { usersOf } from '../users.ts'
import { settleInvoice } from './invoices.ts'
import { getSubscription, periodMs } from './subscriptions.ts'

interface PaymentRow extends Omit<Payment, 'amount' | 'created_at'> {
  readonly cents: number
  readonly created_at: number
}

export async function listPayments(sql: Sql, tenantId: string): Promise<Payment[]> {
  const rows = await sql.rows<PaymentRow>(
    'select id, tenant_id, invoice_id, cents, currency, method, created_at from payments where tenant_id = ? order by created_at desc, id',
    tenantId,
  )
  return rows.map(({ cents, created_at, ...row }) => ({ ...row, amount: toAmount(cents), created_at: iso(created_at) }))
}

/**
 * Pays an invoice, once, whoever clicks how often: the payment, the invoice, the longer period, and what everybody hears of them are one
 * transaction.
 */
export async function pay(
  { db, emit, clock }: App,
  by: User,
  { invoice_id, method }: NewPayment,
): Promise<{ readonly payment: Payment; readonly subscription: Subscription }> {
  return db.transact(async (sql) => {
    const now = clock.now()
    const { tenant_id } = by
    const invoice = await settleInvoice(sql, tenant_id, invoice_id, now)
    if (invoice === null) throw conflict('There is no such open invoice: it may have been paid by somebody else')
    const { amount, currency } = invoice
    const payment: Payment = { id: randomUUID(), tenant_id, invoice_id, amount, currency, method, created_at: iso(now) }
    await sql.run(
      'insert into payments (id, tenant_id, invoice_id, cents, currency, method, created_at) values (?, ?, ?, ?, ?, ?, ?)',
      ...[payment.id, tenant_id, invoice_id, Math.round(amount * 100), currency, method, now],
    )
    const before = await getSubscription(sql, tenant_id)
    const end = Math.max(now, Date.parse(before.current_period_end)) + periodMs
    await sql.run(
      "update subscriptions set status = 'active', current_period_end = ?, warned_at_days = null where tenant_id = ?",
      ...[end, tenant_id],
    )
    const subscription = await getSubscription(sql, tenant_id)
    await emit.emitPaymentReceived(tenant_id, amount, currency, sql)
    await emit.emitSubscriptionUpdated(tenant_id, subscription, sql)
    const words = `${by.name} paid ${invoice.number}: ${amount} ${currency}`
    for (const { id, role } of await usersOf(sql, tenant_id))
      if (role === 'OWNER' || id === by.id)
        await emit.emitNotification({ tenant_id, user_id: id }, payment.id, 'Payment received', words, 'success', sql)
    return { payment, subscription }
  })
}
