import { randomUUID } from 'node:crypto'
import type { SignUp } from '../contract/inputs.ts'
import type { Tenant, User } from '../contract.ts'
import { type App, iso } from './app.ts'
import { hashPassword } from './auth/passwords.ts'
import { startSubscription } from './billing/subscriptions.ts'
import { one, type Sql } from './database/port.ts'
import { conflict, notFound } from './problem.ts'
import { handOver, orderSite } from './sites.ts'
import { insertUser } from './users.ts'

type TenantRow = Omit<Tenant, 'created_at'> & { readonly created_at: number }

export async function getTenant(sql: Sql, id: string): Promise<Tenant> {
  const row = await one<TenantRow>(sql, 'select id, name, subdomain, created_at from tenants where id = ?', id)
  if (row === null) throw notFound('tenant')
  return { ...row, created_at: iso(row.created_at) }
}

/**
 * A new customer. The tenant, its owner, its subscription, the first invoice, the order of its site and the welcome are one transaction: there is
 * no customer without a site on its way, and no site without a customer.
 */
export async function signUp(app: App, input: SignUp): Promise<User> {
  const { db, emit, clock } = app
  const passwordHash = await hashPassword(input.password)
  const now = clock.now()
  const tenant: Tenant = { id: randomUUID(), name: input.company, subdomain: input.subdomain, created_at: iso(now) }
  const owner: User = { id: randomUUID(), tenant_id: tenant.id, email: input.email, name: input.name, role: 'OWNER' }
  await db.transact(async (sql) => {
    const added = await sql.run(
      'insert into tenants (id, name, subdomain, created_at) values (?, ?, ?, ?) on conflict (subdomain) do nothing',
      ...[tenant.id, tenant.name, tenant.subdomain, now],
    )
    if (added === 0) throw conflict('This address is taken: choose another one', 'subdomain')
    await insertUser(sql, owner, passwordHash, now)
    await startSubscription(sql, tenant.id, input.plan, now)
    await orderSite(app, sql, tenant, owner)
    const to = { tenant_id: tenant.id, user_id: owner.id }
    await emit.emitNotification(
      to,
      randomUUID(),
      `Welcome, ${owner.name}`,
      'Your site is being set up. The first 14 days are free.',
      'info',
      sql,
    )
  })
  await handOver(app)
  return owner
}
