import type { Clock } from '@millrace/contract'
import type { Logger, MillraceServer } from '@millrace/server'
import type { ErpmaxContract } from '../contract.ts'
import type { Emitters } from '../emitters/emitters.ts'
import type { ProvisioningJobs } from '../worker/provisioning-job.ts'
import type { Database } from './database/port.ts'
import type { WorkQueue } from './queue/port.ts'

/** What every part of the orchestrator works with. */
export interface App {
  readonly db: Database
  readonly rt: MillraceServer<ErpmaxContract, ProvisioningJobs>
  readonly emit: Emitters
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
}

export const iso = (time: number): string => new Date(time).toISOString()
