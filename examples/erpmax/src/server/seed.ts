import type { User } from '../contract.ts'
import type { App } from './app.ts'
import { iso } from './app.ts'
import { hashPassword } from './auth/passwords.ts'
import { startSubscription } from './billing/subscriptions.ts'
import { orderSite } from './sites.ts'
import { insertUser } from './users.ts'

export const seededPassword = 'millrace'

const tenants = [
  { id: 'tenant-acme', name: 'Acme Trading', subdomain: 'acme', plan: 'growth' },
  { id: 'tenant-borealis', name: 'Borealis Foods', subdomain: 'borealis', plan: 'starter' },
] as const

export const seededUsers: readonly User[] = [
  { id: 'user-lena', tenant_id: 'tenant-acme', email: 'lena@acme.test', name: 'Lena Fischer', role: 'OWNER' },
  { id: 'user-omar', tenant_id: 'tenant-acme', email: 'omar@acme.test', name: 'Omar Haddad', role: 'MEMBER' },
  { id: 'user-noor', tenant_id: 'tenant-borealis', email: 'noor@borealis.test', name: 'Noor Singh', role: 'OWNER' },
]

/** Two customers and their people, the first time. */
export async function seed(app: App): Promise<void> {
  const { db, clock } = app
  const passwordHash = await hashPassword(seededPassword)
  await db.prepare(async (sql) => {
    if ((await sql.rows('select 1 from tenants limit 1')).length > 0) return
    const now = clock.now()
    for (const { plan, ...tenant } of tenants) {
      await sql.run(
        'insert into tenants (id, name, subdomain, created_at) values (?, ?, ?, ?)',
        tenant.id,
        tenant.name,
        tenant.subdomain,
        now,
      )
      const people = seededUsers.filter(({ tenant_id }) => tenant_id === tenant.id)
      for (const user of people) await insertUser(sql, user, passwordHash, now)
      await startSubscription(sql, tenant.id, plan, now)
      const owner = people.find(({ role }) => role === 'OWNER')
      if (owner !== undefined) await orderSite(app, sql, { ...tenant, created_at: iso(now) }, owner)
    }
  })
}
