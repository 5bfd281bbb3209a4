import { randomUUID } from 'node:crypto'
import type { Clock } from '@millrace/contract'
import type { Jobs } from '../jobs/api.ts'
import type { JobMap } from '../jobs/definition.ts'
import { limitDefaults } from '../limits/options.ts'
import { systemClock } from '../node/clock.ts'
import { describeError } from '../observe/describe-error.ts'
import type { Logger } from '../observe/logger.ts'
import { pinoLogger } from '../observe/pino-logger.ts'
import type { Store } from '../store.ts'
import { jobsOn } from './jobs.ts'

export interface OpenJobsOptions<M extends JobMap> {
  /** One that several processes share: `postgresStore`, or `sqliteStore` on the same machine. */
  readonly store: Store
  readonly jobs: M
  /** The tenant of calls that name none. */
  readonly tenant?: string
  readonly clock?: Clock
  readonly logger?: Logger
}

/** Jobs for a process of its own, with no server in it: what it reports is published by the servers on the same store. Throws `ConfigurationError`. */
export function openJobs<M extends JobMap>({
  store,
  jobs,
  tenant,
  clock = systemClock,
  logger = pinoLogger(),
}: OpenJobsOptions<M>): Jobs<M> {
  const service = jobsOn(store, {
    ...{ jobs, clock, tenant, payloadMaxBytes: limitDefaults.payloadMaxBytes },
    newId: () => randomUUID(),
    onFailure: (error) => logger.error(describeError(error), 'a job could not be reported'),
  })
  // Holds: inputs and results are checked by the schemas that give them their types.
  return service as Jobs as unknown as Jobs<M>
}
