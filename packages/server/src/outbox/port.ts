import type { Envelope } from '../broker/port.ts'

/** What is written in the business transaction; position or revision come when it has committed and is moved to the log. */
export type OutboxEntry = Omit<Envelope, 'position' | 'revision'>

/** Gets what was stored and is to be sent now. Called synchronously; where it throws, the store goes on and what it got is not repeated. */
export type OutboxHandler = (envelopes: readonly Envelope[]) => void

/** What another language has published with SQL: nobody has looked at it yet. */
export type OutboxDraft = Omit<OutboxEntry, 'delivery' | 'actor' | 'key' | 'except'>

/** Looks at a draft before it leaves the outbox, synchronously. What is refused is parked where an operator finds it. Does not throw. */
export type OutboxAdmission = (
  draft: OutboxDraft,
) =>
  | { readonly kind: 'admitted'; readonly entry: OutboxEntry }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }

export interface Outbox {
  /** Whether `tx` is a transaction, or a database handle in a transaction, on the database of this outbox. */
  accepts(tx: unknown): boolean
  /**
   * Writes entries in the caller's transaction. On SQLite it is done when the call returns, and a failure is thrown from the
   * call itself, so that the transaction rolls back; on a server database it is done when the promise resolves. Throws
   * `outbox_wrong_database` for a handle that `accepts` refuses.
   */
  write(tx: unknown, entries: readonly OutboxEntry[]): void | Promise<void>
  /**
   * Sets the one receiver of committed entries, and starts looking for them. Nobody has to poll: a commit in this process is
   * noticed at the next turns of the event loop, one by another process on the same database within a fraction of a second.
   *
   * Each committed entry leaves the outbox once, per channel in commit order, in one transaction of the store's own: durable ones get their
   * position in the log (OUT1), retained ones replace the value before and get a revision. When that transaction has committed, the handler gets
   * their envelopes, each once. Entries move before any direct append of the same transaction, and the handler is called before
   * those appends resolve: who passes envelopes on as they come passes them on in offset order (OUT2).
   *
   * A process that dies between that commit and the handler's work sends no more of them: durable ones are in the log and are
   * recovered by position, retained values are there for the next reader; volatile ones are lost, which their class allows.
   * A process in which nobody listens leaves entries to one that does, unless it appends to their channels itself. Where several nodes share the
   * database, an entry is handed over on the one that moved it.
   */
  listen(handler: OutboxHandler, admission?: OutboxAdmission): void
}
