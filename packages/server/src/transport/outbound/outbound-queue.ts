import type { DeliveryClass } from '@millrace/contract'
import type { Lane } from './lane.ts'

/** What became of a frame: `overflow` means that the reader is a slow consumer and is to be disconnected (BP1). */
export type Verdict = 'queued' | 'dropped' | 'overflow'

export interface Queueable {
  readonly bytes: number
  readonly delivery: DeliveryClass
  readonly lane: Lane
  readonly conflateKey: string | undefined
}

interface Entry<F> {
  /** Null once a newer value has taken its place, or it was dropped to make room. */
  frame: F | null
}

/**
 * Frames that wait for a reader, bounded in bytes, in all and per lane. At a bound volatile frames go first, retained ones are conflated to the
 * newest per key, and durable ones are never left out: the reader is.
 */
export class OutboundQueue<F extends Queueable> {
  readonly #maxBytes: number
  readonly #onDrop: (frame: F, how: 'dropped' | 'conflated') => void
  #entries: Entry<F>[] = []
  #head = 0
  #bytes = 0
  #volatileBytes = 0
  readonly #laneBytes = new Map<Lane, number>()
  readonly #retained = new Map<string, Entry<F>>()

  constructor(maxBytes: number, onDrop: (frame: F, how: 'dropped' | 'conflated') => void) {
    this.#maxBytes = maxBytes
    this.#onDrop = onDrop
  }

  get bytes(): number {
    return this.#bytes
  }

  get empty(): boolean {
    return this.#head === this.#entries.length
  }

  /** `outside` counts bytes that have left the queue but not yet the process. */
  push(frame: F, outside: number): Verdict {
    if (frame.conflateKey !== undefined) this.#conflate(frame.conflateKey)
    if (!this.#makeRoom(frame, outside)) {
      if (frame.delivery !== 'volatile') return 'overflow'
      this.#onDrop(frame, 'dropped')
      return 'dropped'
    }
    const entry: Entry<F> = { frame }
    this.#entries.push(entry)
    this.#count(frame, 1)
    if (frame.conflateKey !== undefined) this.#retained.set(frame.conflateKey, entry)
    return 'queued'
  }

  shift(): F | undefined {
    while (this.#head < this.#entries.length) {
      const { frame } = this.#entries[this.#head++] as Entry<F>
      if (this.#head === this.#entries.length) this.#compact()
      if (frame === null) continue
      this.#count(frame, -1)
      if (frame.conflateKey !== undefined) this.#retained.delete(frame.conflateKey)
      return frame
    }
    return undefined
  }

  clear(): void {
    this.#entries = []
    this.#head = 0
    this.#bytes = 0
    this.#volatileBytes = 0
    this.#laneBytes.clear()
    this.#retained.clear()
  }

  /**
   * Drops what may give way to the frame; false where that is not enough. An eighth of the lane at a time, so that the search for the oldest
   * is seldom.
   */
  #makeRoom(frame: F, outside: number): boolean {
    const { lane, delivery } = frame
    const laneMax = delivery === 'volatile' ? lane.highWaterBytes : lane.maxBytes
    const missing = (): number =>
      Math.max(this.#bytes + outside + frame.bytes - this.#maxBytes, (this.#laneBytes.get(lane) ?? 0) + frame.bytes - laneMax)
    if (missing() <= 0) return true
    if (delivery !== 'volatile') this.#dropVolatile(() => true, Number.POSITIVE_INFINITY)
    else if (lane.volatile === 'drop-oldest') this.#dropVolatile((queued) => queued.lane === lane, Math.max(missing(), laneMax / 8))
    return missing() <= 0
  }

  // The newer value goes to the end, not into the old one's place: it must not overtake what was sent in between (DLV4).
  #conflate(key: string): void {
    const older = this.#retained.get(key)
    if (older?.frame) this.#remove(older, older.frame, 'conflated')
    this.#retained.delete(key)
    // Tombstones of a key that changes faster than the reader reads must not pile up.
    if (this.#entries.length - this.#head > 1_024 && this.#retained.size * 4 < this.#entries.length - this.#head) this.#compact()
  }

  /** Oldest first, until `bytes` are gone. */
  #dropVolatile(chosen: (frame: F) => boolean, bytes: number): void {
    if (this.#volatileBytes === 0) return
    let left = bytes
    for (let index = this.#head; index < this.#entries.length && left > 0; index++) {
      const entry = this.#entries[index] as Entry<F>
      if (entry.frame?.delivery !== 'volatile' || !chosen(entry.frame)) continue
      left -= entry.frame.bytes
      this.#remove(entry, entry.frame, 'dropped')
    }
    this.#compact()
  }

  #remove(entry: Entry<F>, frame: F, how: 'dropped' | 'conflated'): void {
    entry.frame = null
    this.#count(frame, -1)
    this.#onDrop(frame, how)
  }

  #count(frame: F, sign: 1 | -1): void {
    this.#bytes += sign * frame.bytes
    if (frame.delivery === 'volatile') this.#volatileBytes += sign * frame.bytes
    this.#laneBytes.set(frame.lane, (this.#laneBytes.get(frame.lane) ?? 0) + sign * frame.bytes)
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#head).filter((entry) => entry.frame !== null)
    this.#head = 0
  }
}
