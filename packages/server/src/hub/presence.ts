import type { ChannelName, Clock, PresenceMember, Timer } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import { type ChannelKey, channelKey, channelNameOf, tenantOf } from '../channel-key.ts'
import type { Lines, PeerEvents, Peers } from '../cluster/port.ts'
import { HeldChannel } from '../presence/held-channel.ts'
import type { Connection, Transport } from '../transport/port.ts'
import { systemChannels } from './encode.ts'

export interface PresenceServiceOptions {
  readonly lines: Lines
  readonly peers: Peers
  readonly clock: Clock
  readonly frame: Transport['frame']
  readonly onFailure: (error: unknown) => void
}

export const presenceDefaults = {
  sweepEveryMs: 1_000,
  /** Nodes that share a channel compare what they know of it this often. */
  rollEveryMs: 10_000,
  /** The same where no other node has been heard of. */
  rollAloneEveryMs: 30_000,
} as const

/** Enters connections into presence, tells watchers who is here, and then each change, on whatever node (PRE1). */
export class PresenceService {
  readonly #options: PresenceServiceOptions
  readonly #held = new Map<ChannelKey, HeldChannel>()
  #sweep: Timer | null = null
  #version = 0

  constructor(options: PresenceServiceOptions) {
    this.#options = options
  }

  /** What this node is to be told of the others. */
  readonly peerEvents: PeerEvents = {
    onGone: (node) => {
      for (const channel of this.#held.values()) channel.gone(node)
    },
    onRestored: () => {
      for (const channel of this.#held.values()) channel.restored()
    },
  }

  /** Channels that are held. */
  get size(): number {
    return this.#held.size
  }

  join({ id, identity: { userId, name } }: Connection, key: ChannelKey, state: unknown): void {
    this.#hold(key).put({ connectionId: id, userId, state, ...(name !== undefined && { name }) })
  }

  /** Nothing for a connection that is not in the channel. */
  update(connection: Connection, key: ChannelKey, state: unknown): void {
    const channel = this.#held.get(key)
    const entry = channel?.replica.own.get(connection.id)
    if (entry !== undefined) channel?.put({ ...entry, state })
  }

  /** Sends `sync`, then every change, until `leave`. */
  watch(connection: Connection, key: ChannelKey): void {
    this.#hold(key).watch(connection)
  }

  leave(connection: Connection, key: ChannelKey): void {
    const channel = this.#held.get(key)
    if (channel === undefined) return
    channel.unwatch(connection)
    channel.remove(connection.id)
    this.#letGo(key, channel)
  }

  /** In the order in which they came. Where this node does not hold the channel, the others are asked, which takes a moment. */
  async members(key: ChannelKey): Promise<readonly PresenceMember[]> {
    return this.#asking(key, (channel) => channel.members)
  }

  /** How many people. */
  async count(key: ChannelKey): Promise<number> {
    return this.#asking(key, (channel) => channel.replica.roster.count)
  }

  close(): void {
    this.#sweep?.cancel()
    for (const channel of this.#held.values()) channel.close()
    this.#held.clear()
  }

  async #asking<T>(key: ChannelKey, read: (channel: HeldChannel) => T): Promise<T> {
    const channel = this.#hold(key)
    channel.askers++
    try {
      await channel.gathered
      return read(channel)
    } finally {
      channel.askers--
      this.#letGo(key, channel)
    }
  }

  #hold(key: ChannelKey): HeldChannel {
    const known = this.#held.get(key)
    if (known !== undefined) return known
    const { frame, clock } = this.#options
    const name = channelNameOf(key)
    const channel = new HeldChannel({
      ...this.#options,
      channel: name,
      line: channelKey(tenantOf(key), systemChannels.presence(name) as ChannelName),
      nextVersion: () => ++this.#version,
      // Durable: a change that is left out would never be made good. Who cannot take it comes back for `sync`.
      frame: (wireNamespace, json) => frame(wireNamespace, wireEvents.presence, json, { delivery: 'durable' }),
    })
    this.#held.set(key, channel)
    this.#sweep ??= clock.every(presenceDefaults.sweepEveryMs, () => this.#compare())
    return channel
  }

  #letGo(key: ChannelKey, channel: HeldChannel): void {
    if (channel.mayBeLetGo && this.#held.get(key) === channel) this.#drop(key, channel)
  }

  #drop(key: ChannelKey, channel: HeldChannel): void {
    channel.close()
    this.#held.delete(key)
    if (this.#held.size > 0) return
    this.#sweep?.cancel()
    this.#sweep = null
  }

  /** What the broker has lost is found. */
  #compare(): void {
    const now = this.#options.clock.now()
    for (const [key, channel] of this.#held) {
      const everyMs = channel.replica.shared ? presenceDefaults.rollEveryMs : presenceDefaults.rollAloneEveryMs
      if (Math.abs(now - channel.rolledAt) < everyMs) continue
      channel.roll()
      if (channel.isIdle) this.#drop(key, channel)
    }
  }
}
