import type { AlertStore } from './alerts/port.ts'
import type { InboxStore } from './inbox/port.ts'
import type { JobStore } from './jobs/port.ts'
import type { LeaseStore } from './leases/port.ts'
import type { PublicationLog } from './log/port.ts'
import type { Outbox } from './outbox/port.ts'

/** What a node keeps: one database, several ports. */
export interface Store {
  readonly name: string
  readonly log: PublicationLog
  readonly outbox: Outbox
  readonly inbox: InboxStore
  readonly alerts: AlertStore
  readonly leases: LeaseStore
  readonly jobs: JobStore
  /** Resolves when a write went through to the disk; rejects with the reason it did not (HLT1). */
  check(): Promise<void>
  /** Idempotent. Waits for writes that are under way. */
  close(): Promise<void>
}
