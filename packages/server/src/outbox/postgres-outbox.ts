import { MillraceError } from '@millrace/contract'
import type { PgMover, PgTransactions } from '../postgres/port.ts'
import type { Outbox, OutboxEntry } from './port.ts'

export interface PostgresOutboxOptions {
  readonly home: string
  readonly transactions: PgTransactions
  readonly mover: PgMover
  readonly relay: { start(): void }
  /** Throws for a payload that the log would refuse: it has to fail in the caller's transaction, where it can be undone. */
  readonly assertFits: (json: string) => void
}

/** Entries that the application's own transactions wrote. */
export function postgresOutbox({ home, transactions, mover, relay, assertFits }: PostgresOutboxOptions): Outbox {
  return {
    accepts: (tx) => transactions.accepts(tx),
    write(tx, entries: readonly OutboxEntry[]) {
      const transaction = transactions.within(tx)
      for (const { json } of entries) assertFits(json)
      if (entries.length === 0) return Promise.resolve()
      return transaction
        .ask('SELECT millrace.write_outbox($1, $2::json)::text AS answer', [home, JSON.stringify(entries)])
        .then((written) => {
          if (written !== 'true') throw new MillraceError('outbox_wrong_database', 'the transaction is on another database than the store')
        })
    },
    listen(handler, admission) {
      mover.listen(handler, admission ?? null)
      relay.start()
    },
  }
}
