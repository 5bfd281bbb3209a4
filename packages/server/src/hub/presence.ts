import type { ChannelName, Clock, PresenceMember } from '@millrace/contract'
import { type PresenceMessage, wireEvents } from '@millrace/contract/wire'
import { type ChannelKey, channelKey, channelNameOf } from '../channel-key.ts'
import type { Feeds } from '../channels/feeds.ts'
import type { OpenChannel } from '../channels/open-channel.ts'
import type { PresenceChange, PresenceStore } from '../presence/port.ts'
import type { Connection } from '../transport/port.ts'
import { systemChannels } from './encode.ts'
import type { Publisher } from './publisher.ts'

export interface PresenceServiceOptions {
  readonly store: PresenceStore
  readonly feeds: Feeds
  readonly publisher: Publisher
  readonly clock: Clock
  readonly onFailure: (error: unknown) => void
}

/** The channel on which a channel's presence changes travel. */
function presenceKey(channel: ChannelKey, tenant: string): ChannelKey {
  return channelKey(tenant, systemChannels.presence(channelNameOf(channel)) as ChannelName)
}

function messageOf(change: PresenceChange): PresenceMessage {
  const channel = channelNameOf(change.channel)
  return change.kind === 'leave' ? { channel, kind: 'leave', userId: change.userId } : { channel, kind: change.kind, member: change.member }
}

/** Enters connections into presence, tells watchers who is here, and then each change (PRE1). */
export class PresenceService {
  readonly #options: PresenceServiceOptions
  /** Per connection, what was begun is finished in order: a leave never overtakes its join. */
  readonly #work = new Map<string, Promise<void>>()

  constructor(options: PresenceServiceOptions) {
    this.#options = options
  }

  join(connection: Connection, key: ChannelKey, state: unknown): void {
    const { userId, name } = connection.identity
    const entry = { connectionId: connection.id, userId, state, ...(name !== undefined && { name }) }
    this.#then(connection, async () => {
      await this.#announce(connection, await this.#options.store.join(key, entry, this.#options.clock.now()))
    })
  }

  update(connection: Connection, key: ChannelKey, state: unknown): void {
    this.#then(connection, async () => this.#announce(connection, await this.#options.store.update(key, connection.id, state)))
  }

  /** Sends `sync`, then every change, until `leave`. */
  watch(connection: Connection, key: ChannelKey): void {
    const { feeds } = this.#options
    this.#then(connection, async () => {
      const open = await feeds.acquire(presenceKey(key, connection.identity.tenant), null)
      const watching = open.has(connection)
      try {
        await this.#sync(connection, key, open)
      } finally {
        // Held once for as long as the connection watches.
        if (watching || !open.has(connection)) feeds.release(open)
      }
    })
  }

  leave(connection: Connection, key: ChannelKey): void {
    const { feeds, store } = this.#options
    this.#then(connection, async () => {
      const open = feeds.find(presenceKey(key, connection.identity.tenant))
      if (open?.has(connection)) {
        open.remove(connection)
        feeds.release(open)
      }
      await this.#announce(connection, await store.leave(key, connection.id))
    })
  }

  members(key: ChannelKey): Promise<readonly PresenceMember[]> {
    return this.#options.store.members(key)
  }

  /** Read until nothing has changed meanwhile: what is sent as `sync` holds every change that went before it. */
  async #sync(connection: Connection, key: ChannelKey, open: OpenChannel): Promise<void> {
    for (;;) {
      const { changes } = open.feed
      const members = await this.#options.store.members(key)
      if (open.feed.changes !== changes) continue
      open.add(connection)
      const sync: PresenceMessage = { channel: channelNameOf(key), kind: 'sync', members }
      connection.sendJson(wireEvents.presence, JSON.stringify(sync))
      return
    }
  }

  async #announce(connection: Connection, change: PresenceChange | null): Promise<void> {
    if (change === null) return
    const channel = presenceKey(change.channel, connection.identity.tenant)
    await this.#options.publisher.send({ channel, event: wireEvents.presence, json: JSON.stringify(messageOf(change)) })
  }

  #then(connection: Connection, step: () => Promise<void>): void {
    const work = (this.#work.get(connection.id) ?? Promise.resolve()).then(step).catch(this.#options.onFailure)
    this.#work.set(connection.id, work)
    void work.then(() => {
      if (this.#work.get(connection.id) === work) this.#work.delete(connection.id)
    })
  }
}
