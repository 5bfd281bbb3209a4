import { type Job, job } from '@millrace/server'
import { z } from 'zod'
import { contract, type SiteStatus } from '../contract.ts'

const input = z.object({ tenant_id: z.string(), company: z.string(), subdomain: z.string() })
const result = z.object({ erpnext_url: z.string() })

export type ProvisioningInput = z.infer<typeof input>

const statuses = {
  queued: 'queued',
  running: 'provisioning',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'failed',
} as const satisfies Record<Job['state'], SiteStatus>

export const statusOf = ({ state }: Job): SiteStatus => statuses[state]
export const messageOf = ({ message, state }: Job): string => message ?? (state === 'queued' ? 'Waiting for a worker' : 'Working')

/** Setting up a customer's ERPNext site: what the work is given, what it comes to, and what everybody of the tenant hears of it. */
export const jobs = {
  provisioning: job({
    input,
    result,
    channel: contract.channels.provisioningTenant,
    params: ({ tenant }) => ({ tenantId: tenant }),
    progress: {
      event: 'status:update',
      data: (of) => ({ tenant_id: of.tenant, status: statusOf(of), progress: Math.round(of.progress), message: messageOf(of) }),
    },
    completed: { event: 'status:completed', data: ({ tenant, result: { erpnext_url } }) => ({ tenant_id: tenant, erpnext_url }) },
    failed: { event: 'status:failed', data: ({ tenant, error }) => ({ tenant_id: tenant, error }) },
    // Stored with the job's end: whoever asked for the site reads it when they come back, on whatever device.
    notify: (of) =>
      of.state === 'completed'
        ? {
            type: 'success',
            title: 'Your ERPNext site is ready',
            message: `${of.result.erpnext_url} is open for you`,
            data: { view: 'site' },
          }
        : of.state === 'failed'
          ? { type: 'error', title: 'Your site could not be set up', message: of.error, data: { view: 'site' } }
          : null,
    retry: { attempts: 5, delayMs: 500, maxDelayMs: 10_000 },
  }),
}

export type ProvisioningJobs = typeof jobs
