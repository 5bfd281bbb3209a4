import type { ChannelRef } from '@millrace/contract'
import type { Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'
import { Echoes } from './echoes.ts'
import { Feed, type FeedTarget } from './feed.ts'
import { OpenChannel, type OpenChannelOptions } from './open-channel.ts'

export interface FeedsOptions extends OpenChannelOptions {
  /** See `Broker.listen`. */
  readonly onRestored?: () => void
}

/** The channels that this node has subscribers for; one that nobody holds is given up at once (DLV5). */
export class Feeds {
  readonly #options: FeedsOptions
  readonly #open = new Map<ChannelKey, OpenChannel>()
  readonly #closing = new Map<ChannelKey, Promise<void>>()
  readonly #followed = new Map<ChannelKey, Feed>()
  /** Publications of this node that were delivered here, and come back through the broker. */
  readonly #echoes = new Echoes()

  constructor(options: FeedsOptions) {
    this.#options = options
    options.broker.listen((envelope) => {
      if (!this.#echoes.delete(envelope.id)) this.#feedOf(envelope.channel)?.accept(envelope)
    }, options.onRestored)
  }

  /** The open feeds of what is logged. */
  *logged(): Iterable<readonly [ChannelKey, Feed]> {
    yield* this.#followed
    for (const [key, { ref, opening, feed }] of this.#open) if (ref !== null && opening === null) yield [key, feed]
  }

  /** Follows a channel of our own for as long as the node lives. Rejects where broker or log fail; it may then be called again. */
  async follow(key: ChannelKey, target: FeedTarget): Promise<void> {
    const feed = new Feed(this.#options, key, target)
    this.#followed.set(key, feed)
    try {
      await this.#options.broker.subscribe(key)
      await feed.open(false)
    } catch (error) {
      this.#followed.delete(key)
      throw error
    }
  }

  /**
   * Publishes: here at once, so that what this node sends to one of its readers next comes behind it (DLV4), and to the other nodes. Rejects
   * where the broker does not take it; then it was delivered here alone.
   */
  publish(envelope: Envelope): Promise<void> {
    const { broker } = this.#options
    if (broker.lossless) return broker.publish(envelope)
    const feed = this.#feedOf(envelope.channel)
    // What has a place in the log, or a revision, is known when it comes back.
    const echoed = feed !== undefined && envelope.position === undefined && envelope.revision === undefined
    if (echoed) this.#echoes.add(envelope.id)
    feed?.accept(envelope)
    const publishing = broker.publish(envelope)
    if (echoed) publishing.catch(() => this.#echoes.delete(envelope.id))
    return publishing
  }

  get size(): number {
    return this.#open.size
  }

  /** The channel, where somebody has it open. */
  find(key: ChannelKey): OpenChannel | null {
    const channel = this.#open.get(key)
    return channel?.opening === null ? channel : null
  }

  /**
   * Opens the channel, or shares it: at once where it is open. `ref` is null for a channel of our own, of which nothing is logged.
   * Whoever acquires must release. Rejects when log or broker fail; then nothing is held.
   */
  acquire(key: ChannelKey, ref: ChannelRef | null): OpenChannel | Promise<OpenChannel> {
    const channel = this.find(key)
    if (channel === null) return this.#opened(key, ref)
    channel.holders++
    return channel
  }

  release(channel: OpenChannel): void {
    channel.holders--
    if (channel.holders > 0 || this.#open.get(channel.key) !== channel) return
    this.#open.delete(channel.key)
    const closing = this.#options.broker
      .unsubscribe(channel.key)
      .catch(this.#options.onFailure)
      .finally(() => this.#closing.delete(channel.key))
    this.#closing.set(channel.key, closing)
  }

  #feedOf(key: ChannelKey): Feed | undefined {
    return this.#open.get(key)?.feed ?? this.#followed.get(key)
  }

  async #opened(key: ChannelKey, ref: ChannelRef | null): Promise<OpenChannel> {
    await this.#closing.get(key)
    let channel = this.#open.get(key)
    if (channel === undefined) {
      channel = new OpenChannel(key, ref, this.#options)
      this.#open.set(key, channel)
    }
    channel.holders++
    try {
      await channel.opening
      return channel
    } catch (error) {
      this.release(channel)
      throw error
    }
  }
}
