import type { Actor, Position, Retention } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'

/** A publication as stored: its data is JSON text, made once and never parsed on the way to the reader. */
export interface StoredPublication {
  readonly event: string
  readonly json: string
  readonly id: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly actor?: Actor
}

export interface LoggedPublication extends StoredPublication {
  readonly offset: number
}

export interface RetainedPublication extends StoredPublication {
  readonly key: string
  /** Of two values of a channel the one with the higher revision is the newer one. */
  readonly revision: number
}

/** Where a channel stands. */
export interface LogHead {
  readonly position: Position
  /** Of its newest retained value; 0 where it has none. */
  readonly revision: number
}

export interface Appended {
  readonly position: Position
  /** The idempotency key was seen before: nothing was stored, `position` is the first one's (LOG4). */
  readonly duplicate: boolean
}

/** What has changed in the log since a mark was given. */
export interface LogChanges {
  /** To ask with the next time. */
  readonly mark: string
  /**
   * Each channel that something was stored in, with where it stands at least: offset 0 where nothing was appended, revision 0 where nothing was
   * retained. Null where the log cannot tell: then every channel may have changed.
   */
  readonly heads: ReadonlyMap<ChannelKey, LogHead> | null
}

export type LogRead =
  | { readonly kind: 'page'; readonly publications: readonly LoggedPublication[]; readonly head: Position }
  | { readonly kind: 'gap'; readonly why: 'expired' | 'new-epoch'; readonly head: Position }

export interface PublicationLog {
  /**
   * Stores one publication and says where it landed. Resolves once the write survives a crash (LOG2).
   * Appends to one channel keep the order of the calls. Rejects with `unavailable` when the store cannot write, and with
   * `payload_too_large` past `payloadMaxBytes`; what is rejected was not stored, and disturbs no other append. One exception: where the
   * connection to a database server breaks on the way, `unavailable` leaves it open, and an idempotency key makes a repetition harmless.
   */
  append(channel: ChannelKey, publication: StoredPublication, options?: { readonly idempotencyKey?: string }): Promise<Appended>
  /** Where the channel's log stands; offset 0 for a channel that has nothing yet. */
  head(channel: ChannelKey): Promise<Position>
  /** Where each of the channels stands, in the order asked; at most `headsMax` of them. */
  heads(channels: readonly ChannelKey[]): Promise<readonly LogHead[]>
  /**
   * What has changed since `mark`, by whatever node; null: the log cannot tell, and gives the first mark. No change is left out, however late its
   * commit. Its cost follows the changes, not the channels: every node asks once a second.
   */
  changes(mark: string | null): Promise<LogChanges>
  /**
   * Up to `limit` publications after `since`, in offset order without holes. A position of another epoch, or past the head,
   * is `new-epoch`; one whose successor retention has cut is `expired`.
   */
  read(channel: ChannelKey, since: Position, limit: number): Promise<LogRead>
  /** Keeps the newest value per channel, event and key. Answers its revision, which is higher than that of any value of the channel before. */
  retain(channel: ChannelKey, key: string, publication: StoredPublication): Promise<number>
  /** The newest values of a channel, oldest first; not more than `retainedMax`. */
  retained(channel: ChannelKey): Promise<readonly RetainedPublication[]>
  /**
   * Cuts what is past its retention, in batches that block nobody, and forgets idempotency keys past their window and retained
   * values past `retainedMax`. A channel's head stays, however much is cut.
   */
  trim(retentionOf: (channel: ChannelKey) => Retention, now: number): Promise<{ readonly publications: number }>
}

export interface LogOptions {
  /** How long an idempotency key is remembered. */
  readonly idempotencyWindowMs?: number
  /** The largest data, as JSON text in UTF-8, that the log takes (LOG7). The server's own limit comes before it and is lower. */
  readonly payloadMaxBytes?: number
}
export const logDefaults = { idempotencyWindowMs: 7 * 24 * 3_600_000, payloadMaxBytes: 1_048_576 } satisfies Required<LogOptions>

/** So many of a channel's retained values are kept; past it the oldest go. */
export const retainedMax = 1_000

/** So many channels are compared in one round trip. */
export const headsMax = 1_000

/** Where more channels than this have changed, the log does not tell which. */
export const changesMax = 20_000
