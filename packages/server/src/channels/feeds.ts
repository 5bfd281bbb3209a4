import type { Broker, Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'
import type { PublicationLog } from '../log/port.ts'
import type { ClientKind, Connection, Frame } from '../transport/port.ts'
import { Feed } from './feed.ts'
import type { RecoveryPages } from './recovery-pages.ts'

export interface FeedsOptions {
  readonly log: PublicationLog
  readonly broker: Broker
  readonly pages: RecoveryPages
  /** The frame that readers of one kind and namespace get for a publication; null for one that does not concern them. */
  readonly encode: (envelope: Envelope, kind: ClientKind, namespace: string) => Frame | null
  readonly onDelivered: (envelope: Envelope, readers: number) => void
  readonly onNewEpoch: (channel: ChannelKey, readers: readonly Connection[]) => void
  readonly onFailure: (error: unknown) => void
}

interface Group {
  readonly kind: ClientKind
  readonly namespace: string
  readonly connections: Set<Connection>
}

/** A channel that somebody on this node holds open. */
export class OpenChannel {
  readonly key: ChannelKey
  readonly feed: Feed
  readonly opened: Promise<void>
  holders = 0
  readonly #groups = new Map<string, Group>()
  readonly #options: FeedsOptions

  constructor(key: ChannelKey, withRetained: boolean, options: FeedsOptions) {
    this.key = key
    this.#options = options
    this.feed = new Feed({
      log: options.log,
      channel: key,
      deliver: (envelope) => this.#deliver(envelope),
      onNewEpoch: () => options.onNewEpoch(key, this.#connections()),
      onFailure: options.onFailure,
    })
    this.opened = options.broker.subscribe(key).then(() => this.feed.open(withRetained))
  }

  /** From now on the connection gets what comes after `feed.position`. */
  add(connection: Connection): void {
    const id = `${connection.kind} ${connection.namespace}`
    let group = this.#groups.get(id)
    if (group === undefined) {
      group = { kind: connection.kind, namespace: connection.namespace, connections: new Set() }
      this.#groups.set(id, group)
    }
    group.connections.add(connection)
  }

  remove(connection: Connection): void {
    const id = `${connection.kind} ${connection.namespace}`
    const group = this.#groups.get(id)
    group?.connections.delete(connection)
    if (group?.connections.size === 0) this.#groups.delete(id)
  }

  #connections(): Connection[] {
    return [...this.#groups.values()].flatMap((group) => [...group.connections])
  }

  #deliver(envelope: Envelope): void {
    this.#options.pages.append(envelope)
    let readers = 0
    for (const { kind, namespace, connections } of this.#groups.values()) {
      const frame = this.#options.encode(envelope, kind, namespace)
      // An SDK client counts positions: left out of a durable publication it would see a hole. It gets its own ones back.
      const except = kind === 'sdk' && envelope.position !== undefined ? undefined : envelope.except
      if (frame === null) continue
      for (const connection of connections) {
        if (connection.id === except) continue
        connection.send(frame)
        readers++
      }
    }
    this.#options.onDelivered(envelope, readers)
  }
}

/** The channels that this node has subscribers for; one that nobody holds is given up at once (DLV5). */
export class Feeds {
  readonly #options: FeedsOptions
  readonly #open = new Map<ChannelKey, OpenChannel>()
  readonly #closing = new Map<ChannelKey, Promise<void>>()

  constructor(options: FeedsOptions) {
    this.#options = options
    options.broker.listen((envelope) => this.#open.get(envelope.channel)?.feed.accept(envelope))
  }

  get size(): number {
    return this.#open.size
  }

  /** Opens the channel, or shares it. Whoever acquires must release. Rejects when log or broker fail; then nothing is held. */
  async acquire(key: ChannelKey, withRetained: boolean): Promise<OpenChannel> {
    await this.#closing.get(key)
    let channel = this.#open.get(key)
    if (channel === undefined) {
      channel = new OpenChannel(key, withRetained, this.#options)
      this.#open.set(key, channel)
    }
    channel.holders++
    try {
      await channel.opened
      return channel
    } catch (error) {
      this.release(channel)
      throw error
    }
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
}
