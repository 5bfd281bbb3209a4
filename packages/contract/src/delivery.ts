/** How an event is kept and what happens to it when a reader is away or slow. */
export type DeliveryClass = 'durable' | 'retained' | 'volatile'

/** A place in a channel's log: the life of the log, and the number of the publication in it, from 1. */
export interface Position {
  readonly epoch: string
  readonly offset: number
}

/** Who caused a publication, as shown to its readers. */
export interface Actor {
  readonly id: string
  readonly name?: string
}

/** What travels in a channel. `position` is there for durable events only. */
export interface Publication<Event extends string = string, Data = unknown> {
  readonly event: Event
  readonly data: Data
  /** Unique; the same on every delivery of this publication. */
  readonly id: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly time: number
  readonly actor?: Actor
  readonly position?: Position
}

/** How long the log keeps a channel's durable publications. Past either bound a reader learns `gap: expired`. */
export interface Retention {
  readonly maxAgeMs: number
  readonly maxCount: number
}

export const retentionDefaults = { maxAgeMs: 7 * 24 * 3_600_000, maxCount: 100_000 } satisfies Retention

/** The end of a recovery that could not be complete. */
export type GapReason = 'expired' | 'new-epoch' | 'denied'
