import type { ChannelRef } from '@millrace/contract'
import type { Broker, Envelope } from '../broker/port.ts'
import { type ChannelKey, channelNameOf } from '../channel-key.ts'
import type { ClientKind, Connection, Frame } from '../transport/port.ts'
import { Feed, type FeedSource, type FeedTarget } from './feed.ts'
import { publicationJson } from './publication-message.ts'
import type { RecoveryPages } from './recovery-pages.ts'

/** What all open channels of a node share. */
export interface OpenChannelOptions extends FeedSource {
  readonly broker: Broker
  readonly pages: RecoveryPages
  /** The frame that readers of one kind and namespace get for a publication; null for one that does not concern them. `ref` as in `OpenChannel`. */
  readonly encode: (envelope: Envelope, ref: ChannelRef | null, kind: ClientKind, namespace: string) => Frame | null
  readonly onDelivered: (envelope: Envelope, readers: number) => void
  readonly onNewEpoch: (channel: ChannelKey, readers: readonly Connection[]) => void
}

/** Readers that get the same frame. */
interface Audience {
  readonly kind: ClientKind
  /** As these readers call it. */
  readonly namespace: string
  readonly frame: Frame | null
  /** The connection that is left out. */
  readonly except: string | undefined
}

/** A channel that somebody on this node holds open: its feed, and who reads it here. */
export class OpenChannel implements FeedTarget {
  readonly key: ChannelKey
  /** Null for a channel of our own, which the contract does not know. */
  readonly ref: ChannelRef | null
  readonly feed: Feed
  holders = 0
  /** Null once it is open. */
  opening: Promise<void> | null
  readonly #options: OpenChannelOptions
  // One reader alone, as in a person's own channel, needs no set.
  #readers: Connection | Set<Connection> | null = null
  #retainedJson: string | null = null

  constructor(key: ChannelKey, ref: ChannelRef | null, options: OpenChannelOptions) {
    this.key = key
    this.ref = ref
    this.#options = options
    this.feed = new Feed(options, key, this)
    this.opening = this.#open()
  }

  /** From now on the connection gets what comes after `feed.position`. */
  add(connection: Connection): void {
    if (this.#readers === null) this.#readers = connection
    else if (this.#readers instanceof Set) this.#readers.add(connection)
    else if (this.#readers !== connection) this.#readers = new Set([this.#readers, connection])
  }

  remove(connection: Connection): void {
    if (this.#readers === connection) this.#readers = null
    else if (this.#readers instanceof Set && this.#readers.delete(connection) && this.#readers.size === 0) this.#readers = null
  }

  has(connection: Connection): boolean {
    return this.#readers === connection || (this.#readers instanceof Set && this.#readers.has(connection))
  }

  /** How many connections read it here. */
  get readers(): number {
    if (this.#readers === null) return 0
    return this.#readers instanceof Set ? this.#readers.size : 1
  }

  /** The retained values, as a JSON array of `PublicationMessage`s: made once for all who come between two changes. */
  retainedJson(): string {
    if (this.#retainedJson !== null) return this.#retainedJson
    const name = channelNameOf(this.key)
    const values = this.feed.retained.map((value) => publicationJson(name, value))
    this.#retainedJson = values.length === 0 ? '[]' : `[${values.join(',')}]`
    return this.#retainedJson
  }

  /** Costs what its readers cost: where nobody reads, nothing is encoded. */
  deliver(envelope: Envelope): void {
    const { pages, onDelivered } = this.#options
    pages.append(envelope)
    if (envelope.delivery === 'retained') this.#retainedJson = null
    const readers = this.#readersNow()
    if (readers === null) return
    const audiences: Audience[] = []
    let audience: Audience | undefined
    let count = 0
    for (const connection of readers) {
      const { kind, wireNamespace: namespace } = connection
      if (audience?.kind !== kind || audience.namespace !== namespace) {
        audience = audiences.find((known) => known.kind === kind && known.namespace === namespace)
        if (audience === undefined) {
          audience = this.#audience(envelope, kind, namespace)
          audiences.push(audience)
        }
      }
      if (audience.frame === null || connection.id === audience.except) continue
      connection.send(audience.frame)
      count++
    }
    onDelivered(envelope, count)
  }

  newEpoch(): void {
    this.#options.onNewEpoch(this.key, [...(this.#readersNow() ?? [])])
  }

  async #open(): Promise<void> {
    await this.#options.broker.subscribe(this.key)
    if (this.ref === null) this.feed.openUnlogged()
    else await this.feed.open(Object.values(this.ref.definition.events).some(({ delivery }) => delivery === 'retained'))
    this.opening = null
  }

  #readersNow(): Iterable<Connection> | null {
    return this.#readers === null || this.#readers instanceof Set ? this.#readers : [this.#readers]
  }

  #audience(envelope: Envelope, kind: ClientKind, namespace: string): Audience {
    const frame = this.#options.encode(envelope, this.ref, kind, namespace)
    // An SDK client counts positions: left out of a durable publication it would see a hole. It gets its own ones back.
    const except = kind === 'sdk' && envelope.position !== undefined ? undefined : envelope.except
    return { kind, namespace, frame, except }
  }
}
