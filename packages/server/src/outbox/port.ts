import type { Envelope } from '../broker/port.ts'

/** What is written in the business transaction; the position comes when it is relayed. */
export type OutboxEntry = Omit<Envelope, 'position'>

export interface Outbox {
  /** Whether `tx` is a transaction (or database handle in a transaction) on the database of this outbox. */
  accepts(tx: unknown): boolean
  /**
   * Writes entries in the caller's transaction. On SQLite it is done when the call returns, and a failure is thrown from the
   * call itself, so that the transaction rolls back. Throws `outbox_wrong_database` for a handle that `accepts` refuses.
   */
  write(tx: unknown, entries: readonly OutboxEntry[]): void | Promise<void>
  /**
   * Moves up to `limit` committed entries out, in commit order; durable ones get their position in the log in the same step (OUT1, OUT2).
   * What it answers was stored and is to be sent. Each entry is answered once.
   */
  relay(limit: number): Promise<readonly Envelope[]>
}
