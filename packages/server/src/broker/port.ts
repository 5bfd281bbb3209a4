import type { Actor, DeliveryClass, Position } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'

/** A publication on its way to the nodes that have a subscriber for its channel. */
export interface Envelope {
  readonly channel: ChannelKey
  readonly delivery: DeliveryClass
  readonly event: string
  /** Data as JSON text. */
  readonly json: string
  readonly id: string
  readonly time: number
  readonly actor?: Actor
  /** Durable publications only. */
  readonly position?: Position
  /** Retained publications only: the value's key. */
  readonly key?: string
  /** Retained publications only: of two values the one with the higher revision is the newer one, whichever comes first. */
  readonly revision?: number
  /** The connection that is not to get it: the one that caused it. */
  readonly except?: string
  /** Direct events only: connections of this namespace alone. */
  readonly namespace?: string
}

export interface Broker {
  /** Whether everything that is published arrives, always: then nobody looks for what was lost. */
  readonly lossless: boolean
  /**
   * Hands the envelope to every node that listens to its channel. Per channel and publisher, order is kept. Rejects with `unavailable`
   * where it cannot be handed over now: it is not kept for later.
   */
  publish(envelope: Envelope): Promise<void>
  /**
   * From the moment it resolves, `listen`'s handler gets what is published to `channel`. Idempotent. While the connection is lost it resolves at
   * once: the subscription is in force, with the others, before `onRestored`.
   */
  subscribe(channel: ChannelKey): Promise<void>
  unsubscribe(channel: ChannelKey): Promise<void>
  /**
   * Sets the one receiver of this node. `onRestored` is called when messages may have been lost and no more are: the connection was gone,
   * is back, and every subscription is in force again.
   */
  listen(handler: (envelope: Envelope) => void, onRestored?: () => void): void
  /** Resolves when a message went round through the broker; rejects with the reason it did not (HLT1). */
  check(): Promise<void>
  close(): Promise<void>
}
