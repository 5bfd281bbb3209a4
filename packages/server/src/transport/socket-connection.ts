import { type DisconnectCode, disconnects } from '@millrace/contract'
import { type DisconnectMessage, wireEvents } from '@millrace/contract/wire'
import type { Socket } from 'socket.io'
import type { Identity } from '../auth/port.ts'
import type { Lane } from './outbound/lane.ts'
import type { Link } from './outbound/link.ts'
import { ackFrame, eventFrame, type SocketFrame } from './outbound/socket-frame.ts'
import type { Admitted, ClientKind, Connection } from './port.ts'

export interface SocketConnectionOptions {
  /** For answers and messages to this connection alone. */
  readonly lane: Lane
  /** As the application knows it. */
  readonly namespace: string
}

/** One client in one namespace. */
export class SocketConnection implements Connection {
  readonly id: string
  readonly kind: ClientKind
  readonly namespace: string
  readonly address: string
  identity: Identity
  /** Set once the server has ended the connection: why. */
  ended: DisconnectCode | null = null
  readonly #socket: Socket
  readonly #link: Link
  readonly #lane: Lane

  constructor(socket: Socket, link: Link, { lane, namespace }: SocketConnectionOptions, { kind, identity, address }: Admitted) {
    this.id = socket.id
    this.kind = kind
    this.namespace = namespace
    this.address = address
    this.identity = identity
    this.#socket = socket
    this.#link = link
    this.#lane = lane
  }

  get wireNamespace(): string {
    return this.#socket.nsp.name
  }

  send(frame: SocketFrame): void {
    if (this.ended === null) this.#link.send(frame)
  }

  sendJson(event: string, json: string): void {
    this.send(eventFrame(this.wireNamespace, event, json, { delivery: 'durable', lane: this.#lane }))
  }

  ack(packetId: number, json: string): void {
    this.send(ackFrame(this.wireNamespace, packetId, json, this.#lane))
  }

  drained(bytes: number): Promise<void> {
    return this.#link.untilBelow(bytes)
  }

  tooSlow(): void {
    this.disconnect('slow_consumer')
  }

  disconnect(code: DisconnectCode, { retryAfterMs }: { readonly retryAfterMs?: number } = {}): void {
    if (this.ended !== null) return
    const { number, message, retry } = disconnects[code]
    if (code === 'revoked' || code === 'token_expired') this.#link.discard()
    const full = code === 'slow_consumer'
    if (this.kind === 'sdk' && !full) {
      const farewell: DisconnectMessage = { code, number, reason: message, retry, ...(retryAfterMs !== undefined && { retryAfterMs }) }
      this.sendJson(wireEvents.disconnect, JSON.stringify(farewell))
    }
    this.ended = code
    // A stock client comes back by itself when the transport closes, and stays away when the server says goodbye.
    if (retry) this.#link.close(full ? 'now' : 'after-flush')
    else void this.#link.untilBelow(1).then(() => this.#socket.disconnect(true))
  }
}
