import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '@millrace/contract'
import { memoryAlerts } from './alerts/memory-alerts.ts'
import { cursorCodec } from './inbox/cursor.ts'
import { memoryInbox } from './inbox/memory-inbox.ts'
import { memoryLeases } from './leases/memory-leases.ts'
import { memoryLog } from './log/memory-log.ts'
import type { LogOptions } from './log/port.ts'
import { systemClock } from './node/clock.ts'
import { memoryOutbox } from './outbox/memory-outbox.ts'
import type { Store } from './store.ts'

export interface MemoryStoreOptions extends LogOptions {
  readonly clock?: Clock
}

/** A store for tests and trials: it keeps the promises of the ports as long as its process lives, and starts a new epoch with each. */
export function memoryStore({ clock = systemClock, ...options }: MemoryStoreOptions = {}): Store {
  return {
    name: 'memory',
    log: memoryLog({ ...options, epoch: randomUUID(), clock }),
    outbox: memoryOutbox(),
    inbox: memoryInbox(cursorCodec(randomBytes(32).toString('base64url'))),
    alerts: memoryAlerts(),
    leases: memoryLeases(clock),
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}
