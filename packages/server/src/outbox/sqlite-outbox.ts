import type { Clock, DeliveryClass, Timer } from '@millrace/contract'
import type { Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'
import { integer, type Sql, type SqlRow, type SqlStore, type SqlTransactions, text, textOrNull } from '../sqlite/port.ts'
import type { Outbox, OutboxEntry, OutboxHandler } from './port.ts'

/** Where committed entries go, inside the store's transaction. */
export interface OutboxTarget {
  readonly epoch: string
  append(channel: ChannelKey, publication: OutboxEntry): number
  /** Answers the value's revision. */
  retain(channel: ChannelKey, key: string, publication: OutboxEntry): number
}

export interface SqliteOutboxOptions {
  readonly target: OutboxTarget
  readonly transactions: SqlTransactions
  readonly clock: Clock
  /** Throws for a payload that the log would refuse: it has to fail in the caller's transaction, where it can be undone. */
  readonly assertFits: (json: string) => void
}

// A transaction of the store moves so many entries at most; direct appends wait until all committed ones have moved.
const moveMax = 500
/** How often commits of other processes on the same database are looked for. */
const pollMs = 100

function entryOf(row: SqlRow): OutboxEntry {
  const actorId = textOrNull(row.actor_id)
  const actorName = textOrNull(row.actor_name)
  const key = textOrNull(row.key)
  const except = textOrNull(row.except_connection)
  return {
    // Hold: `write` puts nothing else into these two columns.
    channel: text(row.channel) as ChannelKey,
    delivery: text(row.delivery) as DeliveryClass,
    event: text(row.event),
    json: text(row.json),
    id: text(row.id),
    time: integer(row.time),
    ...(actorId !== null && { actor: actorName === null ? { id: actorId } : { id: actorId, name: actorName } }),
    ...(key !== null && { key }),
    ...(except !== null && { except }),
  }
}

/** Entries that the application's own transactions wrote, on their way into the log and to the listener. */
export class SqliteOutbox implements Outbox {
  readonly #options: SqliteOutboxOptions
  #handler: OutboxHandler | null = null
  #poll: Timer | null = null
  #store: (SqlStore & { wake(): void }) | null = null
  #moved: Envelope[] = []

  constructor(options: SqliteOutboxOptions) {
    this.#options = options
  }

  /** Called once, with the store that runs `move` in its transactions. */
  start(store: SqlStore & { wake(): void }): void {
    this.#store = store
  }

  accepts(tx: unknown): boolean {
    return this.#options.transactions.accepts(tx)
  }

  write(tx: unknown, entries: readonly OutboxEntry[]): void {
    this.put(this.#options.transactions.within(tx), entries)
  }

  /** The same on any connection that is in a transaction. */
  put(sql: Sql, entries: readonly OutboxEntry[]): void {
    for (const { json } of entries) this.#options.assertFits(json)
    for (const { channel, delivery, event, json, id, time, actor, key, except } of entries)
      sql.run(
        `INSERT INTO millrace_outbox (channel, delivery, event, json, id, time, actor_id, actor_name, key, except_connection)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        channel,
        delivery,
        event,
        json,
        id,
        time,
        actor?.id ?? null,
        actor?.name ?? null,
        key ?? null,
        except ?? null,
      )
    // The caller's transaction holds the write lock now: the store gets it when that has ended, either way, and then looks.
    if (entries.length > 0) this.#store?.wake()
  }

  listen(handler: OutboxHandler): void {
    this.#handler = handler
    this.#poll ??= this.#options.clock.every(pollMs, () => this.#look())
    // What was committed before, by an earlier process too.
    this.#store?.wake()
  }

  #look(): void {
    const waiting = this.#store?.read((sql) => sql.get('SELECT 1 FROM millrace_outbox LIMIT 1'))
    waiting?.then(
      (row) => row && this.#store?.wake(),
      // A database that cannot be read now is asked again at the next poll; writers learn of it themselves.
      () => undefined,
    )
  }

  /** First in a transaction of the store: moves committed entries. False where more are left. */
  move(sql: Sql): boolean {
    // A process without a server, such as a worker, leaves them to one that has readers.
    if (this.#handler === null) return true
    const rows = sql.all('SELECT * FROM millrace_outbox ORDER BY seq LIMIT ?', moveMax)
    for (const row of rows) {
      const entry = entryOf(row)
      this.#moved.push({ ...entry, ...this.#keep(entry) })
    }
    const last = rows.at(-1)
    if (last !== undefined) sql.run('DELETE FROM millrace_outbox WHERE seq <= ?', integer(last.seq))
    return rows.length < moveMax
  }

  /** Answers what the entry has got from the log. */
  #keep(entry: OutboxEntry): Pick<Envelope, 'position' | 'revision'> {
    const { target } = this.#options
    const { channel, delivery, key } = entry
    switch (delivery) {
      case 'durable':
        return { position: { epoch: target.epoch, offset: target.append(channel, entry) } }
      case 'retained':
        return { revision: target.retain(channel, key ?? '', entry) }
      case 'volatile':
        return {}
    }
  }

  /** After the commit: hands over what has moved. */
  deliver(): void {
    if (this.#moved.length === 0) return
    const envelopes = this.#moved
    this.#moved = []
    try {
      this.#handler?.(envelopes)
    } catch {
      // They are stored: a listener that fails must not fail the appends that committed with them.
    }
  }

  /** After a rollback: they are in the outbox still. */
  discard(): void {
    this.#moved = []
  }

  close(): void {
    this.#poll?.cancel()
    this.#handler = null
  }
}
