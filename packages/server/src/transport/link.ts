import type { Clock } from '@millrace/contract'
import type { Socket } from 'socket.io'
import type { SocketFrame } from './frames.ts'
import { hangUp } from './hang-up.ts'
import { OutboundQueue } from './outbound-queue.ts'

/** The Engine.IO connection under a socket. */
type EngineSocket = Socket['conn']

export interface LinkOptions {
  readonly maxBytes: number
  readonly clock: Clock
  /** The reader is too slow: whatever owns the link ends it. */
  readonly onOverflow: () => void
  readonly onDrop: (frame: SocketFrame, how: 'dropped' | 'conflated') => void
}

// Bytes handed to the engine and not yet to the kernel. More than this only moves the queue to where it cannot be conflated.
const inFlightMaxBytes = 65_536
const goodbyeMaxMs = 2_000

interface Waiter {
  readonly bytes: number
  readonly resolve: () => void
}

/** The way out of one Engine.IO connection, shared by its namespaces: everything we send passes here, in order (DLV4). */
export class Link {
  readonly #conn: EngineSocket
  readonly #queue: OutboundQueue<SocketFrame>
  readonly #options: LinkOptions
  /** Sizes of the frames handed to the engine, in order; `#sent` of them have left. */
  #handed: number[] = []
  #sent = 0
  #inFlight = 0
  #waiters: Waiter[] = []
  #open = true
  readonly #onSent = (): void => {
    this.#inFlight -= this.#handed[this.#sent++] ?? 0
    if (this.#sent === this.#handed.length) {
      this.#handed = []
      this.#sent = 0
      this.#inFlight = 0
    }
    this.#pump()
  }

  constructor(conn: EngineSocket, options: LinkOptions) {
    this.#conn = conn
    this.#options = options
    this.#queue = new OutboundQueue(options.maxBytes, options.onDrop)
    conn.on('close', () => this.#end())
  }

  /** Queued and in flight; not counting one frame that went straight to the kernel. */
  get bytes(): number {
    return this.#queue.bytes + this.#inFlight
  }

  send(frame: SocketFrame): void {
    if (!this.#open) return
    // Nothing waits anywhere, which is how it mostly is: the frame goes straight to the kernel, and needs no account.
    if (this.#inFlight === 0 && this.#idle) {
      this.#conn.send(frame.text, frame.options as object)
      return
    }
    if (this.#queue.empty && this.#inFlight < inFlightMaxBytes) {
      this.#hand(frame)
      return
    }
    if (this.#queue.push(frame, this.#inFlight) === 'overflow') this.#options.onOverflow()
  }

  /** Resolves when fewer than `bytes` wait, or the link has ended. */
  drained(bytes: number): Promise<void> {
    if (!this.#open || this.bytes < bytes) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push({ bytes, resolve }))
  }

  /** Forgets what is queued: its reader has lost the right to it. */
  discard(): void {
    this.#queue.clear()
    this.#wake()
  }

  /** Ends the link. What is queued is discarded, or sent before it ends. */
  close(how: 'now' | 'after-flush'): void {
    if (how === 'now') {
      hangUp(this.#conn)
      return
    }
    // A reader that takes nothing, or does not answer the goodbye, is not waited for.
    this.#options.clock.after(goodbyeMaxMs, () => hangUp(this.#conn))
    void this.drained(1).then(() => (this.#conn.transport.name === 'polling' ? hangUp(this.#conn) : this.#conn.close()))
  }

  get #idle(): boolean {
    return this.#conn.transport.writable
  }

  #hand(frame: SocketFrame): void {
    this.#handed.push(frame.bytes)
    this.#inFlight += frame.bytes
    this.#conn.send(frame.text, frame.options as object, this.#onSent)
  }

  #pump(): void {
    while (this.#open && this.#inFlight < inFlightMaxBytes) {
      const frame = this.#queue.shift()
      if (frame === undefined) break
      this.#hand(frame)
    }
    if (this.#waiters.length > 0) this.#wake()
  }

  #wake(): void {
    const ready = this.#waiters.filter((waiter) => !this.#open || this.bytes < waiter.bytes)
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter))
    for (const waiter of ready) waiter.resolve()
  }

  #end(): void {
    this.#open = false
    this.#queue.clear()
    this.#handed = []
    this.#inFlight = 0
    this.#wake()
  }
}
