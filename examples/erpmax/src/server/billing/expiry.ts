import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import { usersOf } from '../users.ts'
import { insertInvoice } from './invoices.ts'
import { getSubscription } from './subscriptions.ts'

const dayMs = 24 * 3_600_000
/** So many days before the end it is told, once each. */
const warnings = [7, 3, 1, 0] as const

interface Ending {
  readonly tenant_id: string
  readonly plan: 'starter' | 'growth' | 'scale'
  readonly current_period_end: number
}

/** Warns of subscriptions that end soon, once per step however often it looks, and puts those that have ended into arrears. */
export async function checkSubscriptions(app: App): Promise<void> {
  const { db, emit, clock } = app
  const now = clock.now()
  const ending = await db.rows<Ending>(
    "select tenant_id, plan, current_period_end from subscriptions where current_period_end < ? and status <> 'past_due'",
    now + warnings[0] * dayMs,
  )
  for (const { tenant_id, plan, current_period_end } of ending) {
    const daysLeft = Math.max(0, Math.ceil((current_period_end - now) / dayMs))
    const step = warnings.findLast((days) => daysLeft <= days) ?? warnings[0]
    await db.transact(async (sql) => {
      // Another node, or a payment, may have been quicker: the row decides.
      const warned = await sql.run(
        `update subscriptions set warned_at_days = ?, status = case when current_period_end <= ? then 'past_due' else status end
         where tenant_id = ? and current_period_end = ? and (warned_at_days is null or warned_at_days > ?)`,
        ...[step, now, tenant_id, current_period_end, step],
      )
      if (warned === 0) return
      const open = await sql.rows("select 1 from invoices where tenant_id = ? and status = 'open'", tenant_id)
      if (open.length === 0) await insertInvoice(sql, tenant_id, plan, now)
      await emit.emitSubscriptionExpiring(tenant_id, daysLeft, sql)
      if (current_period_end <= now) await emit.emitSubscriptionUpdated(tenant_id, await getSubscription(sql, tenant_id), sql)
      const words =
        daysLeft === 0 ? 'Your subscription has ended' : `Your subscription ends in ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}`
      for (const { id, role } of await usersOf(sql, tenant_id))
        if (role === 'OWNER')
          await emit.emitNotification({ tenant_id, user_id: id }, randomUUID(), words, 'Pay the open invoice to go on.', 'warning', sql)
    })
  }
}
