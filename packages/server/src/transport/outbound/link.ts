import type { Clock } from '@millrace/contract'
import type { Socket } from 'socket.io'
import { hangUp } from '../hang-up.ts'
import { Batch } from './batch.ts'
import type { EventLoop, Flushable, Flusher } from './flusher.ts'
import type { Lane } from './lane.ts'
import { OutboundQueue } from './outbound-queue.ts'
import { PollingOutlet } from './polling-outlet.ts'
import { type Outlet, QueuedWebSocket } from './queued-web-socket.ts'
import { type FrameOptions, SocketFrame } from './socket-frame.ts'

/** The Engine.IO connection under a socket. */
type EngineSocket = Socket['conn']

/** The same for all links of a server. */
export interface LinkOptions {
  readonly maxBytes: number
  readonly clock: Clock
  readonly flusher: Flusher
  readonly eventLoop: EventLoop
  /** The lane of what Engine.IO sends by itself. */
  readonly lane: Lane
  readonly onVerdict: (frame: SocketFrame, verdict: 'dropped' | 'conflated' | 'disconnected') => void
  /** A WebSocket ping has come, which is answered. */
  readonly onPing: (conn: EngineSocket) => void
}

// More than this is not joined into one buffer.
const batchMaxBytes = 65_536
// Node says that the kernel is behind when this much is left over: its largest default.
const unnoticedMaxBytes = 65_536
const goodbyeMaxMs = 2_000

interface Waiter {
  readonly bytes: number
  readonly resolve: () => void
}

function webSocketOf(conn: EngineSocket): QueuedWebSocket | null {
  // Engine.IO has no public way to it.
  const socket: unknown = Reflect.get(conn.transport, 'socket')
  return socket instanceof QueuedWebSocket ? socket : null
}

/**
 * The way out of one Engine.IO connection, shared by its namespaces: everything passes here, in order (DLV4). While the kernel takes what comes,
 * frames gather into a batch until the flusher's turn; while it does not, they wait in a bounded queue (BP1).
 */
export class Link implements Flushable, Outlet {
  /** Set once the connection has an identity. */
  tenant = ''
  /** Told when the reader is too slow. */
  owner: { readonly tooSlow: () => void } | null = null
  readonly #conn: EngineSocket
  readonly #options: LinkOptions
  #socket: QueuedWebSocket | null
  #polling: PollingOutlet | null = null
  #batch: Batch | null = null
  #queue: OutboundQueue<SocketFrame> | null = null
  #waiters: Waiter[] | null = null
  /** The flusher holds it. */
  #due = false
  /** The kernel is behind. */
  #blocked = false
  #open = true

  constructor(conn: EngineSocket, options: LinkOptions) {
    this.#conn = conn
    this.#options = options
    this.#socket = webSocketOf(conn)
    if (this.#socket === null) this.#polling = new PollingOutlet(conn, options.maxBytes, () => this.#pump())
    else this.#socket.attach(this)
  }

  /** Everything that waits in this process. */
  get bytes(): number {
    return this.#queuedBytes + this.#unsentBytes
  }

  get blocked(): boolean {
    return this.#blocked
  }

  send(frame: SocketFrame): void {
    if (!this.#open) return
    if (this.#blocked || (this.#queue !== null && !this.#queue.empty)) this.#enqueue(frame)
    else if (this.#socket !== null) this.#gather(frame)
    else if (this.#polling?.takes(frame.bytes)) this.#polling.write(frame)
    else this.#enqueue(frame)
  }

  sendRaw(payload: string | Buffer, kind: NonNullable<FrameOptions['kind']>, delivery: FrameOptions['delivery']): void {
    if (kind === 'pong') this.#options.onPing(this.#conn)
    this.send(new SocketFrame(payload, { kind, delivery, lane: this.#options.lane }))
  }

  flush(): void {
    this.#due = false
    this.#writeBatch()
    if (this.#waiters !== null) this.#wake()
  }

  drained(): void {
    this.#blocked = false
    this.#pump()
  }

  later(run: () => void): void {
    this.#options.eventLoop.later(run)
  }

  /** Engine.IO has moved from polling to a WebSocket: what waits here goes after what waits there. */
  upgraded(): void {
    const socket = webSocketOf(this.#conn)
    if (socket === null || !this.#open) return
    this.#polling = null
    this.#socket = socket
    socket.attach(this)
    const queue = this.#queue
    this.#queue = null
    for (let frame = queue?.shift(); frame !== undefined; frame = queue?.shift()) this.#conn.send(frame.text, {})
  }

  /** Resolves when fewer than `bytes` wait for the kernel or a poll, or the link has ended. */
  untilBelow(bytes: number): Promise<void> {
    if (this.#waitingBytes >= bytes) this.#writeBatch()
    if (!this.#open || this.#waitingBytes < bytes) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiters ??= []
      this.#waiters.push({ bytes, resolve })
    })
  }

  /** Forgets what is queued: its reader has lost the right to it. */
  discard(): void {
    this.#batch = null
    this.#queue = null
    if (this.#waiters !== null) this.#wake()
  }

  /** Ends the link. What is queued is discarded, or sent before it ends. */
  close(how: 'now' | 'after-flush'): void {
    if (how === 'now') {
      hangUp(this.#conn)
      return
    }
    // A reader that takes nothing, or does not answer the goodbye, is not waited for.
    this.#options.clock.after(goodbyeMaxMs, () => hangUp(this.#conn))
    void this.untilBelow(1).then(() => (this.#conn.transport.name === 'polling' ? hangUp(this.#conn) : this.#conn.close()))
  }

  /** The Engine.IO connection has closed. */
  end(): void {
    this.#open = false
    this.#batch = null
    this.#queue = null
    this.#socket?.detach()
    if (this.#waiters !== null) this.#wake()
  }

  get #queuedBytes(): number {
    return (this.#batch?.bytes ?? 0) + (this.#queue?.bytes ?? 0)
  }

  /** Handed on, and not taken by the kernel or a poll. */
  get #unsentBytes(): number {
    return this.#socket?.unsentBytes ?? this.#polling?.unsentBytes ?? 0
  }

  // What is behind a WebSocket's own buffer stays in order and needs no waiting for; a poll may never come.
  get #waitingBytes(): number {
    return this.#queuedBytes + (this.#polling?.unsentBytes ?? 0)
  }

  #gather(frame: SocketFrame): void {
    const { flusher, maxBytes } = this.#options
    // What comes within a turn counts against the bound as well. Far from it, the kernel need not be asked.
    if ((this.#batch?.bytes ?? 0) + frame.bytes > maxBytes - unnoticedMaxBytes && !this.#hasRoom(frame)) {
      this.#enqueue(frame)
      return
    }
    this.#batch = (this.#batch ?? flusher.start).with(frame)
    if (this.#batch.bytes >= batchMaxBytes) this.#writeBatch()
    if (this.#due) return
    this.#due = true
    flusher.add(this)
  }

  /** Whether the frame may join the batch; it may where nothing is before it, however large it is: the kernel is tried. */
  #hasRoom({ bytes }: SocketFrame): boolean {
    const { maxBytes } = this.#options
    if (this.bytes + bytes > maxBytes) this.#writeBatch()
    return !this.#blocked && (this.bytes === 0 || this.bytes + bytes <= maxBytes)
  }

  #writeBatch(): void {
    const batch = this.#batch
    if (batch === null || this.#socket === null) return
    this.#batch = null
    this.#blocked = !this.#socket.write(batch)
  }

  #enqueue(frame: SocketFrame): void {
    const { maxBytes, onVerdict } = this.#options
    this.#queue ??= new OutboundQueue(maxBytes, onVerdict)
    if (this.#queue.push(frame, this.#unsentBytes) !== 'overflow') return
    onVerdict(frame, 'disconnected')
    // Nothing may follow what was left out, also where the owner is being ended already, or has never come.
    this.#open = false
    this.owner?.tooSlow()
    this.close('now')
  }

  /** Hands on what is queued, as far as it is taken. */
  #pump(): void {
    const queue = this.#queue
    while (this.#open && queue !== null && !queue.empty && this.#ready) {
      if (this.#socket === null) {
        const frame = queue.shift()
        if (frame !== undefined) this.#polling?.write(frame)
      } else this.#writeFrom(queue, this.#socket)
    }
    if (queue?.empty && this.#queue === queue) this.#queue = null
    if (this.#waiters !== null) this.#wake()
  }

  get #ready(): boolean {
    return this.#socket === null ? this.#polling?.ready === true : !this.#blocked
  }

  #writeFrom(queue: OutboundQueue<SocketFrame>, socket: QueuedWebSocket): void {
    let batch = Batch.empty()
    while (batch.bytes < batchMaxBytes) {
      const frame = queue.shift()
      if (frame === undefined) break
      batch = batch.with(frame)
    }
    this.#blocked = !socket.write(batch)
  }

  #wake(): void {
    const waiters = this.#waiters ?? []
    const isReady = ({ bytes }: Waiter): boolean => !this.#open || this.#waitingBytes < bytes
    const left = waiters.filter((waiter) => !isReady(waiter))
    this.#waiters = left.length === 0 ? null : left
    for (const waiter of waiters) if (!left.includes(waiter)) waiter.resolve()
  }
}
