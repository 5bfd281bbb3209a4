import type { ChannelName, Clock, PresenceMember, Timer } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import { type ChannelKey, channelKey, channelNameOf, tenantOf } from '../channel-key.ts'
import type { Lines, PeerEvents, Peers } from '../cluster/port.ts'
import { HeldChannel } from '../presence/held-channel.ts'
import type { Roster } from '../presence/roster.ts'
import type { Connection, Transport } from '../transport/port.ts'
import { systemChannels } from './encode.ts'

export interface PresenceServiceOptions {
  readonly lines: Lines
  readonly peers: Peers
  readonly clock: Clock
  readonly frame: Transport['frame']
  readonly onFailure: (error: unknown) => void
}

const sweepEveryMs = 1_000

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
    this.#hold(key).join({ connectionId: id, userId, state, ...(name !== undefined && { name }) })
  }

  /** Nothing for a connection that is not in the channel. */
  update(connection: Connection, key: ChannelKey, state: unknown): void {
    this.#held.get(key)?.update(connection.id, state)
  }

  /** Sends `sync`, then every change, until `leave`. */
  watch(connection: Connection, key: ChannelKey): void {
    this.#hold(key).watch(connection)
  }

  leave(connection: Connection, key: ChannelKey): void {
    const channel = this.#held.get(key)
    if (channel === undefined) return
    channel.leave(connection)
    this.#letGo(key, channel)
  }

  /** In the order in which they came. Where this node does not hold the channel, the others are asked, which takes a moment. */
  async members(key: ChannelKey): Promise<readonly PresenceMember[]> {
    return this.#ask(key, (roster) => roster.members())
  }

  /** How many people. */
  async count(key: ChannelKey): Promise<number> {
    return this.#ask(key, (roster) => roster.count)
  }

  close(): void {
    this.#sweep?.cancel()
    for (const channel of this.#held.values()) channel.close()
    this.#held.clear()
  }

  async #ask<T>(key: ChannelKey, read: (roster: Roster) => T): Promise<T> {
    const channel = this.#hold(key)
    const answer = await channel.ask(read)
    this.#letGo(key, channel)
    return answer
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
    this.#sweep ??= clock.every(sweepEveryMs, () => this.#compare())
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
    for (const [key, channel] of this.#held) if (channel.sweep() && channel.isIdle) this.#drop(key, channel)
  }
}
