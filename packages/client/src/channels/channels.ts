import type { ChannelRef, Clock, Position } from '@millrace/contract'
import { type WelcomeMessage, wireEvents } from '@millrace/contract/wire'
import type { Connection } from '../connection/connection.ts'
import type { Report } from '../report.ts'
import { readPresence, readPublication, readRecovered, readUnsubscribed } from '../wire-reader.ts'
import { Channel } from './channel.ts'
import type { Positions } from './positions.ts'

export interface ChannelsOptions {
  readonly connection: Connection
  readonly clock: Clock
  readonly random: () => number
  readonly report: Report
  readonly positions: Positions
  readonly lingerMs: number
}

/** The channels that somebody has to do with, by name. */
export interface Channels {
  /** The channel's one entry; made when it is asked for, gone when nobody uses it. Don't keep it: ask again. */
  entry(ref: ChannelRef): Channel
  /** The same where there is one, else null. */
  peek(ref: ChannelRef): Channel | null
  onLive(welcome: WelcomeMessage): void
  onRefreshed(): void
  onLost(): void
  onMessage(event: string, payload: unknown): void
  close(): void
}

export function createChannels(options: ChannelsOptions): Channels {
  const entries = new Map<string, Channel>()
  let assigned = new Map<string, Position>()
  let userId: string | null = null

  function make(ref: ChannelRef): Channel {
    const channel = new Channel({
      ...options,
      ref,
      assignedPosition: () => assigned.get(ref.name) ?? null,
      forgetAssigned: () => void assigned.delete(ref.name),
      onUnused: () => void entries.delete(ref.name),
    })
    entries.set(ref.name, channel)
    return channel
  }

  return {
    entry: (ref) => entries.get(ref.name) ?? make(ref),
    peek: (ref) => entries.get(ref.name) ?? null,
    onLive(welcome) {
      options.positions.use(welcome.user.id)
      assigned = new Map(welcome.assigned.map(({ channel, position }) => [channel, position]))
      if (userId !== null && userId !== welcome.user.id) for (const channel of [...entries.values()]) channel.onUserChanged()
      userId = welcome.user.id
      for (const channel of [...entries.values()]) channel.onConnected()
    },
    onRefreshed() {
      for (const channel of [...entries.values()]) channel.onRefreshed()
    },
    onLost() {
      for (const channel of [...entries.values()]) channel.onDisconnected()
    },
    onMessage(event, payload) {
      switch (event) {
        case wireEvents.publication: {
          const read = readPublication(payload)
          if (read !== null) entries.get(read.channel)?.onPublished(read.publication)
          return
        }
        case wireEvents.recovered: {
          const read = readRecovered(payload)
          if (read !== null) entries.get(read.channel)?.onRecovered(read.publications)
          return
        }
        case wireEvents.presence: {
          const read = readPresence(payload)
          if (read !== null) entries.get(read.channel)?.onPresence(read)
          return
        }
        case wireEvents.unsubscribed: {
          const read = readUnsubscribed(payload)
          if (read !== null) entries.get(read.channel)?.onUnsubscribed(read.error)
        }
      }
    },
    close() {
      for (const channel of [...entries.values()]) channel.dispose()
      entries.clear()
    },
  }
}
