import type { Socket } from 'socket.io'
import type { SocketFrame } from './socket-frame.ts'

// Bytes handed to the engine and not yet taken by a poll. More than this only moves the queue to where it cannot be conflated.
const inFlightMaxBytes = 65_536

/** The way out through Engine.IO's own buffer, for long polling: what was handed over and has not left is counted. */
export class PollingOutlet {
  readonly #conn: Socket['conn']
  readonly #inFlightMax: number
  readonly #onSent: () => void
  /** Sizes of the frames handed to the engine, in order; `#sent` of them have left. */
  #handed: number[] = []
  #sent = 0
  #inFlight = 0

  /** `maxBytes`: what may wait for one reader in all. */
  constructor(conn: Socket['conn'], maxBytes: number, onSent: () => void) {
    this.#conn = conn
    this.#inFlightMax = Math.min(maxBytes, inFlightMaxBytes)
    this.#onSent = onSent
  }

  get unsentBytes(): number {
    return this.#inFlight
  }

  get ready(): boolean {
    return this.#inFlight < this.#inFlightMax
  }

  /** Whether a frame of this size may be added to what is in flight. One that is too large for it goes alone. */
  takes(bytes: number): boolean {
    return this.#inFlight === 0 || this.#inFlight + bytes <= this.#inFlightMax
  }

  write(frame: SocketFrame): void {
    this.#handed.push(frame.bytes)
    this.#inFlight += frame.bytes
    this.#conn.send(frame.text, {}, this.#sentOne)
  }

  readonly #sentOne = (): void => {
    this.#inFlight -= this.#handed[this.#sent++] ?? 0
    if (this.#sent === this.#handed.length) {
      this.#handed = []
      this.#sent = 0
    }
    this.#onSent()
  }
}
