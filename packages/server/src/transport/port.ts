import type { DeliveryClass, DisconnectCode } from '@millrace/contract'
import type { Identity } from '../auth/port.ts'

/** Who speaks: our SDK, which gets positions and recovery, or a stock Socket.IO client, which gets plain events. */
export type ClientKind = 'sdk' | 'stock'

/** Something to send, encoded once for all its readers of one kind and namespace. */
export interface Frame {
  readonly bytes: number
  readonly delivery: DeliveryClass
  /** Retained frames: a newer frame with the same key takes the place of one that is still queued. */
  readonly conflateKey?: string
}

export interface Connection {
  readonly id: string
  readonly kind: ClientKind
  readonly namespace: string
  readonly address: string
  identity: Identity
  /** Puts a frame into the outbound queue; what happens at its bound is decided by the delivery class (BP1). */
  send(frame: Frame): void
  /** Sends an event of its own to this connection; never dropped, ends the connection at the bound. */
  sendEvent(event: string, payload: unknown): void
  /** Resolves when fewer than `bytes` are queued, or the connection has ended. */
  drained(bytes: number): Promise<void>
  /** Says why (to an SDK client in words of its own), then ends it. With a code that allows retry, stock clients reconnect. */
  disconnect(code: DisconnectCode, options?: { readonly retryAfterMs?: number }): void
}
