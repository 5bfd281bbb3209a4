import type { ChannelKey } from '../channel-key.ts'

/** What is to be said to the server, in this order: a channel is in one of the two. */
export interface InterestChange {
  readonly unsubscribe: readonly ChannelKey[]
  readonly subscribe: readonly ChannelKey[]
}

/** Which channels somebody here holds, and which of them the server has been told. */
export class Interest {
  readonly #wanted = new Set<ChannelKey>()
  readonly #told = new Set<ChannelKey>()
  readonly #touched = new Set<ChannelKey>()

  has(channel: ChannelKey): boolean {
    return this.#wanted.has(channel)
  }

  isTold(channel: ChannelKey): boolean {
    return this.#told.has(channel)
  }

  get isSettled(): boolean {
    return this.#touched.size === 0
  }

  want(channel: ChannelKey): void {
    this.#wanted.add(channel)
    this.#touched.add(channel)
  }

  drop(channel: ChannelKey): void {
    if (this.#wanted.delete(channel)) this.#touched.add(channel)
  }

  /** The server has refused it. */
  refused(channel: ChannelKey): void {
    this.#wanted.delete(channel)
    this.#told.delete(channel)
  }

  /** A new connection knows nothing. */
  forgotten(): void {
    this.#told.clear()
    this.#touched.clear()
    for (const channel of this.#wanted) this.#touched.add(channel)
  }

  /** What has changed since the last time; it counts as told. */
  take(): InterestChange {
    const subscribe: ChannelKey[] = []
    const unsubscribe: ChannelKey[] = []
    for (const channel of this.#touched) {
      if (this.#wanted.has(channel)) {
        if (this.#told.has(channel)) continue
        this.#told.add(channel)
        subscribe.push(channel)
      } else if (this.#told.delete(channel)) unsubscribe.push(channel)
    }
    this.#touched.clear()
    return { unsubscribe, subscribe }
  }
}
