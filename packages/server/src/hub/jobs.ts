import type { Clock } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { UserInboxChange } from '../inbox/port.ts'
import { JobService, type JobServiceOptions } from '../jobs/service.ts'
import type { LeaseStore } from '../leases/port.ts'
import { holdProcess } from '../node/turn.ts'
import type { OutboxEntry } from '../outbox/port.ts'
import type { Store } from '../store.ts'
import { userKey } from './encode.ts'
import { sharedCheck } from './shared-check.ts'

export const jobUpkeepDefaults = {
  /** Ended jobs are kept so long. */
  keepMs: 30 * 24 * 3_600_000,
  sweepEveryMs: 5_000,
} as const

/** The service on a store; it needs nothing else of a server. */
export function jobsOn(store: Store, options: Omit<JobServiceOptions, 'store' | 'inboxEntryOf' | 'holdProcess'>): JobService {
  const { clock, newId } = options
  const inboxEntryOf = (tenant: string, { userId, change }: UserInboxChange): OutboxEntry => ({
    ...{ channel: userKey(tenant, userId), event: wireEvents.inbox, json: JSON.stringify(change) },
    ...{ delivery: 'volatile', id: newId(), time: clock.now() },
  })
  return new JobService({ ...options, store: store.jobs, inboxEntryOf, holdProcess })
}

export interface JobUpkeepOptions {
  readonly jobs: Pick<JobService, 'sweep' | 'trim'>
  readonly leases: LeaseStore
  readonly clock: Clock
  readonly newId: () => string
  readonly onFailure: (error: unknown) => void
}

/** Ends what nobody claims any more, and forgets what has ended long ago; on one node at a time (ALR2). */
export function keepJobsUp({ jobs, leases, clock, newId, onFailure }: JobUpkeepOptions): { cancel(): void } {
  return sharedCheck({
    ...{ leases, clock, newId, onFailure },
    ...{ name: '$jobs', everyMs: jobUpkeepDefaults.sweepEveryMs },
    async run() {
      await jobs.sweep()
      await jobs.trim(clock.now() - jobUpkeepDefaults.keepMs)
    },
  })
}
