import type { Socket } from 'node:net'
import type { Clock, Timer } from '@millrace/contract'

/** How the bytes of one direction travel. */
export type Flow =
  | { readonly kind: 'forward' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Holds everything back, and lets it go when the flow changes: a network that pauses. */
  | { readonly kind: 'stall' }
  /** Takes everything and passes nothing on, ends included. For good: the bytes are lost. */
  | { readonly kind: 'dead' }
  /** Passes on so many more bytes, then calls `onCut`. */
  | { readonly kind: 'cut'; readonly bytes: number }

export interface Pipe {
  flow: Flow
  close(): void
}

export interface PipeOptions {
  readonly from: Socket
  readonly to: Socket
  readonly clock: Clock
  /** Called once: the sender has ended, and everything before it was passed on or lost. */
  readonly onEnd: () => void
  readonly onCut: () => void
}

const maxQueuedBytes = 256 * 1024
const throttleTickMs = 20

interface Queued {
  readonly bytes: Buffer
  readonly dueAt: number
}

/** One direction of a proxied connection. What it holds is bounded: past the bound it stops reading from the sender. */
export function pipe({ from, to, clock, onEnd, onCut }: PipeOptions): Pipe {
  let flow: Flow = { kind: 'forward' }
  let queue: Queued[] = []
  let queuedBytes = 0
  let end: 'none' | 'arrived' | 'passed' = 'none'
  let closed = false
  let timer: Timer | null = null

  function later(ms: number): void {
    timer?.cancel()
    timer = clock.after(ms, pump)
  }

  function write(bytes: Buffer): boolean {
    return to.destroyed || to.write(bytes)
  }

  function take(limit: number): Buffer {
    const next = queue[0]
    if (next === undefined) return Buffer.alloc(0)
    const bytes = next.bytes.subarray(0, limit)
    if (bytes.length === next.bytes.length) queue.shift()
    else queue[0] = { ...next, bytes: next.bytes.subarray(limit) }
    queuedBytes -= bytes.length
    return bytes
  }

  function pump(): void {
    if (closed) return
    timer?.cancel()
    timer = null
    while (queue.length > 0) {
      const [next] = queue
      if (next === undefined || flow.kind === 'stall') break
      if (flow.kind === 'dead') {
        queue = []
        queuedBytes = 0
        break
      }
      if (next.dueAt > clock.now()) {
        later(next.dueAt - clock.now())
        break
      }
      if (flow.kind === 'cut') {
        const bytes = take(flow.bytes)
        flow = { kind: 'cut', bytes: flow.bytes - bytes.length }
        write(bytes)
        if (flow.bytes > 0) continue
        onCut()
        return
      }
      const limit =
        flow.kind === 'throttle' ? Math.max(1, Math.floor((flow.bytesPerSecond * throttleTickMs) / 1_000)) : Number.POSITIVE_INFINITY
      if (!write(take(limit))) {
        to.once('drain', pump)
        break
      }
      if (flow.kind === 'throttle') {
        later(throttleTickMs)
        break
      }
    }
    if (queuedBytes < maxQueuedBytes) from.resume()
    if (end !== 'arrived' || queue.length > 0 || flow.kind === 'stall') return
    end = 'passed'
    onEnd()
  }

  from.on('data', (bytes: Buffer) => {
    if (flow.kind === 'dead') return
    queue.push({ bytes, dueAt: flow.kind === 'delay' ? clock.now() + flow.ms : 0 })
    queuedBytes += bytes.length
    if (queuedBytes >= maxQueuedBytes) from.pause()
    // A timer or a `drain` that is due keeps the order and the pace.
    if (timer === null && !to.writableNeedDrain) pump()
  })
  from.on('end', () => {
    end = 'arrived'
    if (timer === null) pump()
  })

  return {
    get flow() {
      return flow
    },
    set flow(next) {
      if (flow.kind === 'dead') return
      flow = next
      pump()
    },
    close() {
      closed = true
      timer?.cancel()
      queue = []
    },
  }
}
