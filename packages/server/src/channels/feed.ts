import type { Position } from '@millrace/contract'
import type { Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'
import type { PublicationLog, RetainedPublication } from '../log/port.ts'

export interface FeedOptions {
  readonly log: PublicationLog
  readonly channel: ChannelKey
  /** Hands a publication to the channel's subscribers, in order and once. */
  readonly deliver: (envelope: Envelope) => void
  /** The log has started a new epoch under living subscribers: they are to subscribe again. */
  readonly onNewEpoch: () => void
  readonly onFailure: (error: unknown) => void
}

// Out of order by more than this, the log is read instead of waiting for what the broker still holds.
const pendingMax = 1_000
const pageSize = 500
const retainedMax = 1_000

/**
 * What this node knows of one channel that it has subscribers for: the position up to which it has delivered, and the newest
 * retained values. Puts what comes from the broker into the log's order, reading what the broker lost from the log (LOG3).
 */
export class Feed {
  readonly #options: FeedOptions
  #position: Position | null = null
  #early = new Map<number, Envelope>()
  #repairing: Promise<boolean> | null = null
  #retained = new Map<string, RetainedPublication>()
  #changes = 0

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Live publications follow this position. */
  get position(): Position {
    if (this.#position === null) throw new Error('the feed is not open')
    return this.#position
  }

  /** Grows with everything that is delivered: two equal readings mean that nothing came in between. */
  get changes(): number {
    return this.#changes
  }

  /** Oldest first. */
  get retained(): readonly RetainedPublication[] {
    return [...this.#retained.values()]
  }

  /** Called once, after the broker has begun to send: what arrives meanwhile is held back. */
  async open(withRetained: boolean): Promise<void> {
    const { log, channel } = this.#options
    const head = await log.head(channel)
    const values = withRetained ? await log.retained(channel) : []
    // What has come through the broker meanwhile is newer than what was read.
    const newer = [...this.#retained.values()]
    for (const value of [...values, ...newer]) this.#retain(value)
    this.#position = head
    this.#advance()
  }

  accept(envelope: Envelope): void {
    if (envelope.position === undefined) {
      if (envelope.delivery === 'retained') this.#retain({ ...envelope, key: envelope.key ?? '' })
      if (this.#position !== null) this.#deliver(envelope)
      return
    }
    const { epoch, offset } = envelope.position
    if (this.#position === null) {
      this.#early.set(offset, envelope)
      return
    }
    if (epoch !== this.#position.epoch) {
      this.#position = envelope.position
      this.#early.clear()
      this.#options.onNewEpoch()
      return
    }
    if (offset <= this.#position.offset) return
    this.#early.set(offset, envelope)
    this.#advance()
  }

  /** Reads on from the log, for what this node has not heard of. False: nothing new was there. */
  catchUp(): Promise<boolean> {
    this.#repairing ??= this.#repair().finally(() => {
      this.#repairing = null
    })
    return this.#repairing
  }

  /** Delivers what follows the position; what is missing in between is in the log. */
  #advance(): void {
    let position = this.position
    for (;;) {
      const next = this.#early.get(position.offset + 1)
      if (next?.position === undefined) break
      this.#early.delete(position.offset + 1)
      position = next.position
      this.#position = position
      this.#deliver(next)
    }
    for (const offset of this.#early.keys()) if (offset <= position.offset) this.#early.delete(offset)
    if (this.#early.size > pendingMax) this.#early.clear()
    else if (this.#early.size === 0) return
    if (this.#repairing === null) void this.catchUp().then((moved) => moved && this.#advance())
  }

  async #repair(): Promise<boolean> {
    const { log, channel, onNewEpoch, onFailure } = this.#options
    try {
      const read = await log.read(channel, this.position, pageSize)
      if (read.kind === 'gap') {
        this.#position = read.head
        this.#early.clear()
        onNewEpoch()
        return false
      }
      for (const { offset, ...stored } of read.publications) {
        // Meanwhile it may have come through the broker.
        if (offset !== this.position.offset + 1) continue
        this.#early.delete(offset)
        this.#position = { epoch: this.position.epoch, offset }
        this.#deliver({ ...stored, channel, delivery: 'durable', position: this.#position })
      }
      return read.publications.length > 0
    } catch (error) {
      // The next publication of the channel, or its next subscriber, tries again.
      onFailure(error)
      return false
    }
  }

  #deliver(envelope: Envelope): void {
    this.#changes++
    this.#options.deliver(envelope)
  }

  #retain(value: RetainedPublication): void {
    const key = `${value.event}\n${value.key}`
    this.#retained.delete(key)
    this.#retained.set(key, value)
    if (this.#retained.size <= retainedMax) return
    const [oldest] = this.#retained.keys()
    if (oldest !== undefined) this.#retained.delete(oldest)
  }
}
