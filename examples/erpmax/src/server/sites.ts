import type { Job } from '@millrace/server'
import type { Site, Tenant, User } from '../contract.ts'
import { messageOf, statusOf } from '../worker/provisioning-job.ts'
import { type App, iso } from './app.ts'
import { one, type Transaction } from './database/port.ts'
import { conflict, denied, notFound } from './problem.ts'

type ProvisioningJob = NonNullable<Awaited<ReturnType<App['rt']['jobs']['get']>>> & Job

/** Orders a tenant's site in the transaction of whatever calls for it. */
export async function orderSite({ rt, clock }: App, sql: Transaction, tenant: Tenant, by: User): Promise<string> {
  const job = await rt.jobs.create(
    'provisioning',
    { tenant_id: tenant.id, company: tenant.name, subdomain: tenant.subdomain },
    { tenant: tenant.id, actor: { id: by.id, name: by.name }, tx: sql.tx },
  )
  await sql.run(
    `insert into sites (tenant_id, job_id, ordered_at, handed_over) values (?, ?, ?, 0)
     on conflict (tenant_id) do update set job_id = excluded.job_id, ordered_at = excluded.ordered_at, handed_over = 0`,
    ...[tenant.id, job.id, clock.now()],
  )
  return job.id
}

/** Hands orders to the workers' queue that have not been: those of a transaction that has just committed, and those that were left by a crash. */
export async function handOver({ db, queue, logger }: Pick<App, 'db' | 'queue' | 'logger'>): Promise<void> {
  const waiting = await db.rows<{ tenant_id: string; job_id: string }>(
    'select tenant_id, job_id from sites where handed_over = 0 limit 100',
  )
  for (const order of waiting)
    try {
      await queue.put(order)
      await db.run('update sites set handed_over = 1 where job_id = ?', order.job_id)
    } catch (error) {
      // The next look hands it over.
      logger.warn(
        { job: order.job_id, reason: error instanceof Error ? error.message : String(error) },
        'the queue of the workers takes nothing',
      )
      return
    }
}

function toSite(job: ProvisioningJob, tenantId: string): Site {
  return {
    tenant_id: tenantId,
    status: statusOf(job),
    progress: Math.round(job.progress),
    message: messageOf(job),
    // Holds: the job's schema has checked the result.
    erpnext_url: job.state === 'completed' ? (job.result as { erpnext_url: string }).erpnext_url : null,
    error: job.state === 'failed' ? job.error : null,
    updated_at: iso('finishedAt' in job ? job.finishedAt : job.createdAt),
  }
}

export async function getSite({ db, rt }: App, tenantId: string): Promise<Site> {
  const row = await one<{ job_id: string }>(db, 'select job_id from sites where tenant_id = ?', tenantId)
  const job = row && (await rt.jobs.get(row.job_id, { tenant: tenantId }))
  if (!job) throw notFound('site')
  return toSite(job, tenantId)
}

/** Once more, after a failure. */
export async function retrySite(app: App, tenant: Tenant, by: User): Promise<Site> {
  if (by.role !== 'OWNER') throw denied('Only an owner may order the site')
  const { status } = await getSite(app, tenant.id)
  if (status !== 'failed') throw conflict('The site is there, or on its way')
  await app.db.transact((sql) => orderSite(app, sql, tenant, by))
  await handOver(app)
  return getSite(app, tenant.id)
}
