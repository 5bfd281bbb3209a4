import type { Server as HttpServer } from 'node:http'
import type { DeliveryClass, DisconnectCode, ErrorBody, RefusalCode } from '@millrace/contract'
import type { Identity } from '../auth/port.ts'

/** Who speaks: our SDK, which gets positions and recovery, or a stock Socket.IO client, which gets plain events. */
export type ClientKind = 'sdk' | 'stock'

/** Something to send, encoded once for all its readers of one kind and namespace. */
export interface Frame {
  readonly bytes: number
  readonly delivery: DeliveryClass
}

export interface FrameFor {
  readonly delivery: DeliveryClass
  /** Retained frames: a newer frame with the same key takes the place of one that is still queued. */
  readonly conflateKey?: string | undefined
  /** The contract's name for the channel pattern; absent for what belongs to none. */
  readonly pattern?: string | undefined
}

export interface Connection {
  readonly id: string
  readonly kind: ClientKind
  /** As the application knows it. */
  readonly namespace: string
  /** As this client calls it: its frames carry this name. */
  readonly wireNamespace: string
  readonly address: string
  identity: Identity
  /** Puts a frame into the outbound queue; what happens at its bound is decided by the delivery class (BP1). */
  send(frame: Frame): void
  /** Sends an event, its payload as JSON text, to this connection alone; never dropped, ends the connection at the bound. */
  sendJson(event: string, json: string): void
  /** Resolves when fewer than `bytes` are queued, or the connection has ended. */
  drained(bytes: number): Promise<void>
  /** Says why (to an SDK client in words of its own), then ends it. With a code that allows retry, stock clients reconnect. */
  disconnect(code: DisconnectCode, options?: { readonly retryAfterMs?: number }): void
}

/** Answers a client's message; absent where the client did not ask for an answer. */
export type Reply = (json: string) => void

/** What the transport calls. None of these may throw. */
export interface TransportHandler {
  /**
   * Somebody new is at the door, before anything is done for them: `enter` is called when their turn has come, and answers false where they have
   * gone. A code: they are sent away at once.
   */
  knock(address: string, enter: () => boolean): RefusalCode | null
  /** Somebody was sent away from the door, which says no more than a status. */
  turnedAway(code: RefusalCode): void
  /** Decides on a connection attempt, before anything is set up for it. */
  admit(attempt: Attempt): Promise<Admission>
  connected(connection: Connection, admission: Admitted): void
  message(connection: Connection, event: string, args: readonly unknown[], reply: Reply | undefined): void
  disconnected(connection: Connection, reason: string): void
}

export interface Attempt {
  /** As the application knows it. */
  readonly namespace: string
  readonly address: string
  readonly auth: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly isGone: () => boolean
}

export interface Admitted {
  readonly ok: true
  readonly kind: ClientKind
  readonly identity: Identity
  readonly address: string
  /** SDK clients: the session that survives reconnects. */
  readonly session: string | null
}
export type Admission = Admitted | { readonly ok: false; readonly body: ErrorBody }

export interface Transport {
  attach(server: HttpServer): void
  /** The frame of an event for all readers that call their namespace so. */
  frame(wireNamespace: string, event: string, json: string, options: FrameFor): Frame
  /** Bytes in the outbound queues of all connections. */
  readonly queuedBytes: number
  /** Connections whose kernel takes nothing at the moment. */
  readonly blocked: number
  /** Refuses new connections from now on. */
  stopAccepting(): void
  /** Ends every connection at once and detaches. Idempotent. */
  close(): Promise<void>
}
