import type { Socket } from 'node:net'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import type { Batch } from './batch.ts'
import type { FrameOptions } from './socket-frame.ts'

type Data = Parameters<WebSocket['send']>[0]
type Callback = (error?: Error) => void

/** Whoever decides when this WebSocket is written to. */
export interface Outlet {
  /** What Engine.IO sends by itself, and pongs. */
  sendRaw(payload: string | Buffer, kind: NonNullable<FrameOptions['kind']>, delivery: FrameOptions['delivery']): void
  /** Everything that is due goes to the kernel now. */
  flush(): void
  /** The kernel takes more. */
  drained(): void
}

// What ws keeps to itself, and @types/ws does not know.
interface Internals {
  readonly _receiver: { _mask: Buffer | undefined }
  readonly _socket: Socket
  readonly _extensions: { readonly 'permessage-deflate'?: { readonly params: { readonly server_max_window_bits?: number } } }
}

const outletOf = Symbol('millrace.outlet')

function onDrain(this: Socket): void {
  // Holds: it was put there by `attach`.
  ;(Reflect.get(this, outletOf) as Outlet | null)?.drained()
}

/**
 * A WebSocket whose every message, also those that Engine.IO sends by itself, leaves through one outbound queue (DLV4, BP1). ws documents
 * that a server may be given a class of its own.
 */
export class QueuedWebSocket extends WebSocket {
  #outlet: Outlet | null = null
  #deflates = false

  /** From now on `outlet` decides what is written when. */
  attach(outlet: Outlet): void {
    const { _socket, _extensions } = this.#internals
    this.#outlet = outlet
    Reflect.set(_socket, outletOf, outlet)
    _socket.on('drain', onDrain)
    // Engine.IO's for the time of the handshake; it would hold on to all of that.
    for (const listener of this.listeners('error')) if (listener.name === 'onUpgradeError') this.off('error', listener as () => void)
    const deflate = _extensions['permessage-deflate']
    // A frame is compressed once for all; a reader with a smaller window could not read it, and gets it plain.
    this.#deflates = deflate !== undefined && (deflate.params.server_max_window_bits ?? 15) === 15
  }

  detach(): void {
    this.#outlet = null
    Reflect.set(this.#internals._socket, outletOf, null)
    this.#internals._socket.off('drain', onDrain)
  }

  /** False when the kernel is behind: the outlet's `drained` says when it takes more. */
  write(batch: Batch): boolean {
    return this.#internals._socket.write(batch.encoded(this.#deflates))
  }

  /** Bytes that were written and that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#internals._socket.writableLength
  }

  override send(data: Data, options?: object | Callback, callback?: Callback): void {
    const done = typeof options === 'function' ? (options as Callback) : callback
    if (this.#isFull) {
      this.terminate()
      return
    }
    // Engine.IO sends nothing but text and buffers.
    if (this.#outlet === null || this.readyState !== WebSocket.OPEN || !(typeof data === 'string' || Buffer.isBuffer(data))) {
      if (typeof options === 'object') super.send(data, options, callback)
      else super.send(data, done)
      return
    }
    this.#outlet.sendRaw(data, typeof data === 'string' ? 'text' : 'binary', 'durable')
    // It is in the queue, and in order: that is all that Engine.IO waits for.
    done?.()
  }

  /** Answers a ping. A peer that pings and reads nothing must not fill the memory: what does not fit is left out. */
  override pong(data?: unknown, mask?: boolean, callback?: (error: Error) => void): void {
    if (this.#isFull) return
    if (this.#outlet === null || this.readyState !== WebSocket.OPEN || !Buffer.isBuffer(data)) super.pong(data, mask, callback)
    else this.#outlet.sendRaw(data, 'pong', 'volatile')
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const heard = super.emit(event, ...args)
    // The last message's mask is a part of what was read with it, and would keep all of that until the next.
    if (event === 'message') this.#internals._receiver._mask = undefined
    return heard
  }

  override close(code?: number, reason?: string | Buffer): void {
    if (this.readyState === WebSocket.OPEN) this.#outlet?.flush()
    super.close(code, reason)
  }

  /** Without an outlet nothing bounds what waits: this is a probe for an upgrade, and its peer asks on and on without reading the answers. */
  get #isFull(): boolean {
    return this.#outlet === null && this.readyState === WebSocket.OPEN && this.#internals._socket.writableNeedDrain
  }

  get #internals(): Internals {
    // Holds for the ws release that is pinned; the tests of this file fail where it does not.
    return this as unknown as Internals
  }
}

// A peer that does not answer the goodbye is not waited for longer: what it has not read stays in memory until then.
const closeTimeout = 2_000

/** For Socket.IO's `wsEngine` option. */
export class QueuedWebSocketServer extends WebSocketServer<typeof QueuedWebSocket> {
  constructor(options: ServerOptions<typeof QueuedWebSocket>) {
    super({ ...options, ...{ closeTimeout }, WebSocket: QueuedWebSocket })
  }
}
