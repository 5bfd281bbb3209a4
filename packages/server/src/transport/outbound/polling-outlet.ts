import type { Socket } from 'socket.io'
import type { SocketFrame } from './socket-frame.ts'

// Bytes handed to the engine and not yet taken by a poll. More than this only moves the queue to where it cannot be conflated.
const inFlightMaxBytes = 65_536

/** The way out through Engine.IO's own buffer, for long polling: what was handed over and has not left is counted. */
export class PollingOutlet {
  readonly #conn: Socket['conn']
  readonly #onSent: () => void
  /** Sizes of the frames handed to the engine, in order; `#sent` of them have left. */
  #handed: number[] = []
  #sent = 0
  #inFlight = 0

  constructor(conn: Socket['conn'], onSent: () => void) {
    this.#conn = conn
    this.#onSent = onSent
  }

  get unsentBytes(): number {
    return this.#inFlight
  }

  get ready(): boolean {
    return this.#inFlight < inFlightMaxBytes
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
