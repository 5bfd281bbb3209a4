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
  /** The connection that is not to get it: the one that caused it. */
  readonly except?: string
}

export interface Broker {
  /** Hands the envelope to every node that listens to its channel. Per channel and publisher, order is kept. */
  publish(envelope: Envelope): Promise<void>
  /** From the moment it resolves, `listen`'s handler gets what is published to `channel`. Idempotent. */
  subscribe(channel: ChannelKey): Promise<void>
  unsubscribe(channel: ChannelKey): Promise<void>
  /** Sets the one receiver of this node. */
  listen(handler: (envelope: Envelope) => void): void
  /** Resolves when a message went round through the broker; rejects with the reason it did not (HLT1). */
  check(): Promise<void>
  close(): Promise<void>
}
