import type { Position } from '@millrace/contract'
import type { Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'
import type { LogHead, PublicationLog, RetainedPublication } from '../log/port.ts'

/** What all feeds of a node share. */
export interface FeedSource {
  readonly log: PublicationLog
  readonly onFailure: (error: unknown) => void
  /** Calls back when what is missing has had the time to come through the broker. @default the log is read at once */
  readonly afterGrace?: (run: () => void) => void
}

/** A channel's subscribers. */
export interface FeedTarget {
  /** Gets each publication of the channel, in order and once. */
  deliver(envelope: Envelope): void
  /** The log has started a new epoch under living subscribers: they are to subscribe again. */
  newEpoch(): void
}

// Out of order by more than this, the log is read instead of waiting for what the broker still holds.
const pendingMax = 1_000
const pageSize = 500
const retainedMax = 1_000
const none: readonly RetainedPublication[] = []
const nowhere: Position = { epoch: '', offset: 0 }

/**
 * What this node knows of one channel that it has subscribers for: the position up to which it has delivered, and the newest
 * retained values. Puts what comes from the broker into the log's order, reading what the broker lost from the log (LOG3).
 */
export class Feed {
  readonly #source: FeedSource
  readonly #channel: ChannelKey
  readonly #target: FeedTarget
  #position: Position | null = null
  // Most channels never need these: they are made when they are.
  #early: Map<number, Envelope> | null = null
  #retained: Map<string, RetainedPublication> | null = null
  #repairing: Promise<boolean> | null = null
  #waiting = false
  #revision = 0
  #withRetained = false
  #changes = 0

  constructor(source: FeedSource, channel: ChannelKey, target: FeedTarget) {
    this.#source = source
    this.#channel = channel
    this.#target = target
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
    return this.#retained === null ? none : [...this.#retained.values()]
  }

  /** Called once, after the broker has begun to send: what arrives meanwhile is held back. */
  async open(withRetained: boolean): Promise<void> {
    const { log } = this.#source
    this.#withRetained = withRetained
    const head = await log.head(this.#channel)
    const values = withRetained ? await log.retained(this.#channel) : none
    // What has come through the broker meanwhile is newer than what was read, unless its revision says otherwise.
    const meanwhile = this.retained
    this.#retained = null
    for (const value of [...values, ...meanwhile]) this.#retain(value)
    this.#position = head
    this.#advance()
  }

  /** Instead of `open`, for a channel that has nothing in the log and never will. */
  openUnlogged(): void {
    this.#position = nowhere
  }

  accept(envelope: Envelope): void {
    if (envelope.position === undefined) {
      if (envelope.delivery === 'retained' && !this.#retain({ ...envelope, key: envelope.key ?? '', revision: envelope.revision ?? 0 }))
        return
      if (this.#position !== null) this.#deliver(envelope)
      return
    }
    const { epoch, offset } = envelope.position
    if (this.#position === null) {
      this.#hold(offset, envelope)
      return
    }
    if (epoch !== this.#position.epoch) {
      this.#begin(envelope.position)
      return
    }
    if (offset <= this.#position.offset) return
    if (offset === this.#position.offset + 1) this.#step(envelope, envelope.position)
    else this.#hold(offset, envelope)
    if (this.#early !== null) this.#advance()
  }

  /** Whether the store has what has not come here. It may still be on its way: ask again before repairing. */
  isBehind({ position, revision }: LogHead): boolean {
    if (this.#position === null) return false
    if (position.epoch !== this.#position.epoch) return true
    return position.offset > this.#position.offset || (this.#withRetained && revision > this.#revision)
  }

  /** Delivers from the store what the broker has lost. Never rejects. */
  async repair(head: LogHead): Promise<void> {
    if (head.position.epoch !== this.position.epoch) {
      this.#begin(head.position)
      return
    }
    while (this.position.offset < head.position.offset && (await this.catchUp()));
    if (this.#withRetained && head.revision > this.#revision) await this.#readRetained()
  }

  /** Reads on from the log, for what this node has not heard of. False: nothing new was there. */
  catchUp(): Promise<boolean> {
    this.#repairing ??= this.#repair().finally(() => {
      this.#repairing = null
    })
    return this.#repairing
  }

  #hold(offset: number, envelope: Envelope): void {
    this.#early ??= new Map()
    this.#early.set(offset, envelope)
  }

  /** Delivers what is held and follows the position; what is missing in between is in the log. */
  #advance(): void {
    for (;;) {
      const next = this.#early?.get(this.position.offset + 1)
      if (next?.position === undefined) break
      this.#step(next, next.position)
    }
    const { offset: reached } = this.position
    for (const offset of this.#early?.keys() ?? []) if (offset <= reached) this.#early?.delete(offset)
    if (this.#early === null || this.#early.size === 0) {
      this.#early = null
      return
    }
    if (this.#early.size > pendingMax) this.#early = null
    if (this.#repairing === null && !this.#waiting) this.#fillGap()
  }

  /** Nodes that publish to one channel at a time overtake each other by a moment: the log is read for what has not come then. */
  #fillGap(): void {
    const read = (): void => {
      this.#waiting = false
      if (this.#early !== null) void this.catchUp().then((moved) => moved && this.#advance())
    }
    const { afterGrace } = this.#source
    this.#waiting = afterGrace !== undefined
    if (afterGrace === undefined) read()
    else afterGrace(read)
  }

  #step(envelope: Envelope, position: Position): void {
    this.#position = position
    this.#deliver(envelope)
  }

  /** The log has begun anew at `position`. */
  #begin(position: Position): void {
    this.#position = position
    this.#early = null
    // What was retained may have been lost with the epoch before.
    this.#retained = null
    this.#revision = 0
    this.#target.newEpoch()
    if (this.#withRetained) void this.#readRetained()
  }

  async #repair(): Promise<boolean> {
    const { log, onFailure } = this.#source
    const channel = this.#channel
    try {
      const read = await log.read(channel, this.position, pageSize)
      if (read.kind === 'gap') {
        this.#begin(read.head)
        return false
      }
      for (const { offset, ...stored } of read.publications) {
        // Meanwhile it may have come through the broker.
        if (offset !== this.position.offset + 1) continue
        const position = { epoch: this.position.epoch, offset }
        this.#step({ ...stored, channel, delivery: 'durable', position }, position)
      }
      return read.publications.length > 0
    } catch (error) {
      // The next publication of the channel, or its next subscriber, tries again.
      onFailure(error)
      return false
    }
  }

  async #readRetained(): Promise<void> {
    const { log, onFailure } = this.#source
    try {
      for (const value of await log.retained(this.#channel)) this.accept({ ...value, channel: this.#channel, delivery: 'retained' })
    } catch (error) {
      // The next comparison tries again.
      onFailure(error)
    }
  }

  #deliver(envelope: Envelope): void {
    this.#changes++
    this.#target.deliver(envelope)
  }

  /** False where the value, or a newer one, is known. */
  #retain(value: RetainedPublication): boolean {
    const key = `${value.event}\n${value.key}`
    this.#retained ??= new Map()
    const known = this.#retained.get(key)
    if (known !== undefined && value.revision <= known.revision) return false
    this.#retained.delete(key)
    this.#retained.set(key, value)
    this.#revision = Math.max(this.#revision, value.revision)
    if (this.#retained.size <= retainedMax) return true
    const [oldest] = this.#retained.keys()
    if (oldest !== undefined) this.#retained.delete(oldest)
    return true
  }
}
