import { randomUUID } from 'node:crypto'
import type { Invoice, PlanId } from '../../contract.ts'
import { iso } from '../app.ts'
import { one, type Sql } from '../database/port.ts'
import { centsOf, currency, toAmount } from '../plans.ts'

interface InvoiceRow extends Omit<Invoice, 'amount' | 'created_at' | 'paid_at'> {
  readonly cents: number
  readonly created_at: number
  readonly paid_at: number | null
}

const columns = 'id, tenant_id, number, plan, cents, currency, status, created_at, paid_at'

function toInvoice({ cents, created_at, paid_at, ...row }: InvoiceRow): Invoice {
  return { ...row, amount: toAmount(cents), created_at: iso(created_at), paid_at: paid_at === null ? null : iso(paid_at) }
}

export async function insertInvoice(sql: Sql, tenantId: string, plan: PlanId, now: number): Promise<void> {
  const count = await one<{ n: number }>(sql, 'select count(*) as n from invoices where tenant_id = ?', tenantId)
  await sql.run(
    `insert into invoices (${columns}) values (?, ?, ?, ?, ?, ?, 'open', ?, null)`,
    ...[randomUUID(), tenantId, `INV-${String((count?.n ?? 0) + 1).padStart(4, '0')}`, plan, centsOf(plan), currency, now],
  )
}

export async function voidOpenInvoices(sql: Sql, tenantId: string): Promise<void> {
  await sql.run("update invoices set status = 'void' where tenant_id = ? and status = 'open'", tenantId)
}

export async function listInvoices(sql: Sql, tenantId: string): Promise<Invoice[]> {
  const rows = await sql.rows<InvoiceRow>(
    `select ${columns} from invoices where tenant_id = ? order by created_at desc, number desc`,
    tenantId,
  )
  return rows.map(toInvoice)
}

/** Marks it paid, once: null for an invoice that is not this tenant's, or not open. */
export async function settleInvoice(sql: Sql, tenantId: string, id: string, now: number): Promise<Invoice | null> {
  const row = await one<InvoiceRow>(
    sql,
    `update invoices set status = 'paid', paid_at = ? where id = ? and tenant_id = ? and status = 'open' returning ${columns}`,
    ...[now, id, tenantId],
  )
  return row && toInvoice(row)
}
