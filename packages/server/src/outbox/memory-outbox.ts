import type { Envelope } from '../broker/port.ts'
import type { PublicationLog } from '../log/port.ts'
import { refuseTransaction } from '../memory-transactions.ts'
import type { Outbox, OutboxEntry, OutboxHandler } from './port.ts'

export interface MemoryOutbox extends Outbox {
  /** What the store itself sends with a change of its own. Stored, in order, when the call returns; handed over in that order. */
  put(entries: readonly OutboxEntry[]): Promise<void>
}

/** An outbox without a database: it accepts no transaction. */
export function memoryOutbox(log: PublicationLog): MemoryOutbox {
  let handler: OutboxHandler | null = null
  let sent: Promise<void> = Promise.resolve()

  async function stored(entry: OutboxEntry): Promise<Envelope> {
    const { channel, delivery } = entry
    if (delivery === 'durable') return { ...entry, position: (await log.append(channel, entry)).position }
    if (delivery === 'retained') return { ...entry, revision: await log.retain(channel, entry.key ?? '', entry) }
    return entry
  }
  return {
    accepts: () => false,
    write: refuseTransaction,
    put(entries) {
      const storing = Promise.all(entries.map(stored))
      const before = sent
      const done = storing.then(async (envelopes) => {
        await before
        if (envelopes.length > 0) handler?.(envelopes)
      })
      // A listener that fails must not fail what was stored.
      sent = done.catch(() => undefined)
      return sent
    },
    listen(given) {
      handler = given
    },
  }
}
