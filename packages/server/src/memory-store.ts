import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '@millrace/contract'
import { memoryAlerts } from './alerts/memory-alerts.ts'
import { cursorCodec } from './inbox/cursor.ts'
import { memoryInbox } from './inbox/memory-inbox.ts'
import { memoryJobs } from './jobs/memory-jobs.ts'
import { memoryLeases } from './leases/memory-leases.ts'
import { memoryLog } from './log/memory-log.ts'
import { assertPayloadFits } from './log/payload.ts'
import { type LogOptions, logDefaults } from './log/port.ts'
import { systemClock } from './node/clock.ts'
import { memoryOutbox } from './outbox/memory-outbox.ts'
import type { Store } from './store.ts'

export interface MemoryStoreOptions extends LogOptions {
  readonly clock?: Clock
}

/** A store for tests and trials: it keeps the promises of the ports as long as its process lives, and starts a new epoch with each. */
export function memoryStore({ clock = systemClock, ...options }: MemoryStoreOptions = {}): Store {
  const { payloadMaxBytes } = { ...logDefaults, ...options }
  const log = memoryLog({ ...options, epoch: randomUUID(), clock })
  const outbox = memoryOutbox(log)
  const inbox = memoryInbox(cursorCodec(randomBytes(32).toString('base64url')))
  return {
    name: 'memory',
    ...{ log, outbox, inbox },
    alerts: memoryAlerts(),
    leases: memoryLeases(clock),
    jobs: memoryJobs({
      ...{ clock, inbox },
      put: (entries) => outbox.put(entries),
      assertFits: (json) => assertPayloadFits(json, payloadMaxBytes),
    }),
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}
