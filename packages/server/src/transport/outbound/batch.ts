import type { SocketFrame } from './socket-frame.ts'

/**
 * Frames that are due, in order. Batches are shared: readers that are due the same frames hold the same batch, and it is joined into one
 * buffer once for all of them.
 */
export class Batch {
  readonly bytes: number
  readonly #before: Batch | null
  readonly #frame: SocketFrame | null
  #longer: Batch | null = null
  #plain: Buffer | null = null
  #deflated: Buffer | null = null

  private constructor(before: Batch | null, frame: SocketFrame | null) {
    this.#before = before
    this.#frame = frame
    this.bytes = (before?.bytes ?? 0) + (frame?.bytes ?? 0)
  }

  static empty(): Batch {
    return new Batch(null, null)
  }

  /** The batch with one more frame: the same one for the next reader who asks for the same frame. */
  with(frame: SocketFrame): Batch {
    const known = this.#longer
    if (known !== null && known.#frame === frame) return known
    this.#longer = new Batch(this, frame)
    return this.#longer
  }

  /** What goes out on a WebSocket. */
  encoded(deflated: boolean): Buffer {
    if (!deflated) {
      this.#plain ??= this.#join(false)
      return this.#plain
    }
    this.#deflated ??= this.#join(true)
    return this.#deflated
  }

  #join(deflated: boolean): Buffer {
    const parts: Buffer[] = []
    for (let batch: Batch | null = this; batch !== null; batch = batch.#before)
      if (batch.#frame !== null) parts.push(batch.#frame.encoded(deflated))
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts.reverse())
  }
}
