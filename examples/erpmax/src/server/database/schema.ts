import type { Sql } from './port.ts'

/** Times are milliseconds since 1970, money is whole cents. */
const tables = [
  `create table if not exists tenants (
    id text primary key, name text not null, subdomain text not null unique, created_at bigint not null)`,
  `create table if not exists users (
    id text primary key, tenant_id text not null references tenants (id), email text not null unique, name text not null,
    role text not null, password_hash text not null, created_at bigint not null)`,
  'create index if not exists users_of_tenant on users (tenant_id)',
  `create table if not exists refresh_tokens (
    hash text primary key, user_id text not null references users (id), expires_at bigint not null)`,
  // How far it is, and what came of it, is in the job.
  `create table if not exists sites (
    tenant_id text primary key references tenants (id), job_id text not null, ordered_at bigint not null, handed_over integer not null)`,
  `create table if not exists subscriptions (
    id text primary key, tenant_id text not null unique references tenants (id), plan text not null, status text not null,
    current_period_end bigint not null, warned_at_days integer)`,
  `create table if not exists invoices (
    id text primary key, tenant_id text not null references tenants (id), number text not null, plan text not null,
    cents integer not null, currency text not null, status text not null, created_at bigint not null, paid_at bigint,
    unique (tenant_id, number))`,
  `create table if not exists payments (
    id text primary key, tenant_id text not null references tenants (id), invoice_id text not null unique references invoices (id),
    cents integer not null, currency text not null, method text not null, created_at bigint not null)`,
  `create table if not exists chat_messages (
    id text primary key, tenant_id text not null references tenants (id), user_id text not null references users (id),
    text text not null, created_at bigint not null)`,
  'create index if not exists chat_of_tenant on chat_messages (tenant_id, created_at)',
]

export async function makeTables(sql: Sql): Promise<void> {
  for (const table of tables) await sql.run(table)
}
