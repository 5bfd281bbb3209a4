import type { ChannelRef } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import { OpenChannel, type OpenChannelOptions } from './open-channel.ts'

/** The channels that this node has subscribers for; one that nobody holds is given up at once (DLV5). */
export class Feeds {
  readonly #options: OpenChannelOptions
  readonly #open = new Map<ChannelKey, OpenChannel>()
  readonly #closing = new Map<ChannelKey, Promise<void>>()

  constructor(options: OpenChannelOptions) {
    this.#options = options
    options.broker.listen((envelope) => this.#open.get(envelope.channel)?.feed.accept(envelope))
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
