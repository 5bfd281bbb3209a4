import type { Clock } from '@millrace/contract'
import { MillraceError } from '@millrace/contract'
import type { ClaimedJob } from '@millrace/server'
import type { ProvisioningInput } from './provisioning-job.ts'

/** What a real worker would do with containers and `bench`; here each step takes its time and does nothing else. */
const steps = [
  { progress: 5, message: 'Reserving capacity' },
  { progress: 20, message: 'Creating the database' },
  { progress: 38, message: 'Installing ERPNext' },
  { progress: 60, message: 'Setting up the chart of accounts' },
  { progress: 76, message: 'Creating your administrator' },
  { progress: 90, message: 'Issuing the certificate' },
] as const

export interface ProvisionOptions {
  readonly clock: Clock
  /** How long each step takes. */
  readonly stepMs: number
}

type Provisioning = Pick<ClaimedJob<ProvisioningInput, { erpnext_url: string }>, 'input' | 'progress' | 'signal' | 'attempt'>

/** Sets one site up. Throws when the job is no longer this worker's; a `MillraceError` when it cannot be done. */
export async function provision(job: Provisioning, { clock, stepMs }: ProvisionOptions): Promise<{ erpnext_url: string }> {
  const { subdomain } = job.input
  for (const { progress, message } of steps) {
    job.signal.throwIfAborted()
    await job.progress(progress, message)
    await new Promise<void>((resolve) => clock.after(stepMs, resolve))
    // To see what a failure looks like: sign up with such a name.
    if (subdomain.startsWith('fail') && progress > 30) throw new MillraceError('invalid_payload', `"${subdomain}" is taken in the cluster`)
  }
  job.signal.throwIfAborted()
  return { erpnext_url: `https://${subdomain}.erpmax.test` }
}
