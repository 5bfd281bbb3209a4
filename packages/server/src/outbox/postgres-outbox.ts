import { MillraceError } from '@millrace/contract'
import type { PgMover, PgTransaction, PgTransactions } from '../postgres/port.ts'
import type { Outbox, OutboxEntry } from './port.ts'

export interface PostgresOutboxOptions {
  readonly home: string
  readonly transactions: PgTransactions
  readonly mover: PgMover
  readonly relay: { start(): void }
  /** Throws for a payload that the log would refuse: it has to fail in the caller's transaction, where it can be undone. */
  readonly assertFits: (json: string) => void
}

/** Writes entries in a transaction, the application's or our own. */
export async function writeEntries(on: PgTransaction, home: string, entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) return
  const written = await on.ask('SELECT millrace.write_outbox($1, $2::json)::text AS answer', [home, JSON.stringify(entries)])
  if (written !== 'true') throw new MillraceError('outbox_wrong_database', 'the transaction is on another database than the store')
}

/** Entries that the application's own transactions wrote. */
export function postgresOutbox({ home, transactions, mover, relay, assertFits }: PostgresOutboxOptions): Outbox {
  return {
    accepts: (tx) => transactions.accepts(tx),
    write(tx, entries: readonly OutboxEntry[]) {
      const transaction = transactions.within(tx)
      for (const { json } of entries) assertFits(json)
      return writeEntries(transaction, home, entries)
    },
    listen(handler, admission) {
      mover.listen(handler, admission ?? null)
      relay.start()
    },
  }
}
