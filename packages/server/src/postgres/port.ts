import type { Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'
import type { OutboxAdmission, OutboxHandler } from '../outbox/port.ts'

/** Advisory locks, as PostgreSQL's functions take them: a space of ours ("mill"), and a number in it. */
export const advisoryLocks = {
  /** Held while the schema is brought up to date. */
  migrate: '1835625580, 0',
  /** Held by a relay that sleeps. */
  asleep: '1835625580, 1',
  /** Held while retention cuts. */
  trim: '1835625580, 2',
} as const

export type PgValue = string | number | boolean | null | readonly (string | number | boolean | null)[]
export type PgRow = Readonly<Record<string, unknown>>

/** Runs SQL on one connection or on any of the store's. A text is a constant: it is prepared once per connection. bigint comes as a number. */
export interface PgSql {
  rows(text: string, values?: readonly PgValue[]): Promise<readonly PgRow[]>
}

export interface PgTransactor extends PgSql {
  /** Runs `work` in a transaction of its own, READ COMMITTED; rolled back when it throws, and the error is passed on as it is. */
  transact<T>(work: (sql: PgSql) => Promise<T>): Promise<T>
}

/** The store's own connections. What PostgreSQL refuses rejects with a `MillraceError`. */
export interface PgDatabase extends PgTransactor {
  /** A connection that is kept. `onLost` is called once, when it is gone without having been released. */
  connect(onLost: () => void): Promise<PgSession>
}

export interface PgNotification {
  readonly channel: string
  readonly payload: string
  /** The connection that has sent it. */
  readonly sender: number
}

/** One connection that is kept. */
export interface PgSession extends PgTransactor {
  /** Calls `run` for each notification that comes: of the channels that `run('LISTEN …')` has named. */
  onNotification(run: (notification: PgNotification) => void): void
  /** Runs statements without values, all of them or none. */
  run(text: string): Promise<void>
  /** Ends the connection. Idempotent. */
  release(): void
}

/** A transaction of the application's, whatever library it comes from. Values are text or null, and so are answers. */
export interface PgTransaction {
  ask(text: string, values: readonly (string | null)[]): Promise<string | null>
}

/** Finds the application's transaction in what it has passed. */
export interface PgTransactions {
  accepts(tx: unknown): boolean
  /** Throws `outbox_wrong_database`, with the reason, for what is not a transaction on the store's database. */
  within(tx: unknown): PgTransaction
}

/** What the log stores: a publication on its way in, with what the group needs to know of it. */
export interface PgEntry extends Omit<Envelope, 'delivery' | 'position' | 'revision' | 'except'> {
  readonly durable: boolean
  readonly idempotencyKey?: string | undefined
}

export interface Stored {
  readonly epoch: string
  /** 0 where the entry is not durable. */
  readonly offset: number
  /** 0 where it is not retained. */
  readonly revision: number
  readonly duplicate: boolean
}

/** Stores in groups: what comes while a group is on its way is the next one. */
export interface PgWriter {
  store(entry: PgEntry): Promise<Stored>
  /** Runs `work` between two groups, so that what commits on this node is handed on in the order of its commits. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/** A committed row of the outbox that has not moved, as far as it takes to move it. */
export interface UnmovedRow {
  readonly xid: string
  readonly seq: number
  readonly channel: ChannelKey
  /** The contract has seen it. */
  readonly checked: boolean
}

export interface OutboxLook {
  /** In groups that a transaction can take, in the order of seq over all of them. */
  readonly groups: readonly (readonly UnmovedRow[])[]
  /** Nothing that is visible was left out for want of room: look again when these have moved. */
  readonly whole: boolean
  /** The snapshot in which all visible rows have moved once the groups have; null where some have to stay. */
  readonly seen: string | null
}

/** Moves what has been committed to the outbox into the log. */
export interface PgMover {
  listen(handler: OutboxHandler | null, admission: OutboxAdmission | null): void
  /** What has become visible since `seen`; null: since the snapshot that is kept in the database. `channels` null: in all of them. */
  look(sql: PgSql, seen: string | null, channels: readonly ChannelKey[] | null): Promise<OutboxLook>
  /**
   * Moves those of a group that are still there, and stores `entries` behind them, in one transaction on `on`. Hands over what has moved,
   * then answers for the entries.
   */
  move(on: PgTransactor, group: readonly UnmovedRow[], entries: readonly PgEntry[]): Promise<readonly Stored[]>
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('the database answered something else than text')
  return value
}
export function textOrNull(value: unknown): string | null {
  return value === null ? null : text(value)
}
export function integer(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError('the database answered something else than a whole number')
  return value
}
