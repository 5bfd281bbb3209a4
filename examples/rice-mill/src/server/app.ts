import type { Clock } from '@millrace/contract'
import type { MillraceServer } from '@millrace/server'
import type { RiceMillContract } from '../contract.ts'
import type { Database } from './database.ts'

/** The fixed tenant of an application that serves one customer. */
export const tenant = 'rice-mill'

/** What every part of the mill works with. */
export interface App {
  readonly db: Database
  /** The live side: publications, notifications and alerts, written into the same database. */
  readonly rt: MillraceServer<RiceMillContract>
  readonly clock: Clock
}
