import { MillraceError } from '@millrace/contract'

/** A message on its way: the notification channel, and the payloads in order. */
export interface Outgoing {
  readonly bucket: string
  readonly pieces: readonly string[]
}

export interface OutgoingGroupsOptions {
  /** Sends the messages in order, all of them or none. */
  readonly send: (messages: readonly Outgoing[]) => Promise<void>
  readonly nextTurn: (run: () => void) => void
  /** Past so many waiting messages, or characters, a further one is refused. */
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
}

interface Job extends Outgoing {
  readonly size: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

// A group is bounded: PostgreSQL lets one transaction at a time notify.
const groupMax = 500
const groupMaxBytes = 1_048_576

/** Sends in groups, one at a time, which keeps the order of the calls: what comes while one is on its way is the next. */
export class OutgoingGroups {
  readonly #options: OutgoingGroupsOptions
  #jobs: Job[] = []
  #bytes = 0
  #sending = false
  #onIdle: (() => void) | null = null

  constructor(options: OutgoingGroupsOptions) {
    this.#options = options
  }

  /** Resolves when it was sent. Rejects with `unavailable` where it was not, or too much is waiting. */
  add(message: Outgoing): Promise<void> {
    const { maxWaiting, maxWaitingBytes, nextTurn } = this.#options
    const size = message.pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (this.#jobs.length >= maxWaiting || (this.#jobs.length > 0 && this.#bytes + size > maxWaitingBytes))
      return Promise.reject(
        new MillraceError('unavailable', `too much waits for the broker (${this.#jobs.length} messages, ${this.#bytes} characters)`),
      )
    return new Promise((resolve, reject) => {
      this.#jobs.push({ ...message, size, resolve, reject })
      this.#bytes += size
      if (this.#sending) return
      this.#sending = true
      nextTurn(() => void this.#sendAll())
    })
  }

  /** Rejects what waits; what is on its way is told by `send`. */
  refuseAll(reason: MillraceError): void {
    this.#bytes = 0
    for (const { reject } of this.#jobs.splice(0)) reject(reason)
  }

  /** Resolves when nothing waits and nothing is on its way. */
  async idle(): Promise<void> {
    if (this.#sending) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  /** Never rejects: each job is told. */
  async #sendAll(): Promise<void> {
    while (this.#jobs.length > 0) {
      const group = this.#group()
      try {
        await this.#options.send(group)
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#sending = false
    this.#onIdle?.()
  }

  #group(): readonly Job[] {
    let count = 0
    let bytes = 0
    for (const { size } of this.#jobs) {
      if (count === groupMax || (count > 0 && bytes + size > groupMaxBytes)) break
      count += 1
      bytes += size
    }
    this.#bytes -= bytes
    return this.#jobs.splice(0, count)
  }
}
