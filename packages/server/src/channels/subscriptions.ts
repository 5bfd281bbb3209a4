import { type ChannelName, type ChannelRef, type ErrorBody, type GapReason, MillraceError, type Position } from '@millrace/contract'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import type { PublicationLog } from '../log/port.ts'
import type { Connection } from '../transport/port.ts'
import type { Feeds } from './feeds.ts'
import type { OpenChannel } from './open-channel.ts'
import type { PolicyGate } from './policy.ts'
import type { RecoveryPages } from './recovery-pages.ts'

/** What the subscriptions of all connections of a node share. */
export interface SubscriptionsOptions {
  readonly feeds: Feeds
  readonly log: PublicationLog
  readonly pages: RecoveryPages
  readonly policy: PolicyGate
  readonly maxSubscriptions: number
  /** Throws where the connection's tenant may have no more subscriptions. */
  readonly admit: (connection: Connection) => void
  /** The connection holds one more or one less, live or not. */
  readonly onHeld: (connection: Connection, change: 1 | -1) => void
  /** Recovery waits while more than this is queued for the connection, so that it never makes its own reader slow. */
  readonly recoverBelowBytes: number
  readonly onRecovery: (result: 'recovered' | GapReason, count: number) => void
  /** A subscription has begun (after its reply was sent) or ended. */
  readonly onLive: (connection: Connection, channel: ChannelRef, key: ChannelKey) => void
  readonly onEnd: (connection: Connection, channel: ChannelRef, key: ChannelKey) => void
}

interface Subscription {
  /** Once it is open, the open channel's own: all who hear a channel share one reference to it. */
  channel: ChannelRef
  assigned: boolean
  /** Rises with each unsubscribe: work begun before it is void (CHN4). */
  generation: number
  /** How many subscribes are going on; `work` is the last of them, and the next one waits for it. */
  pending: number
  work: Promise<void> | null
  open: OpenChannel | null
  live: boolean
}

type Outcome =
  | { readonly kind: 'live' }
  | { readonly kind: 'recovered'; readonly count: number }
  | { readonly kind: 'gap'; readonly why: GapReason }

/** The subscriptions of one connection. */
export class Subscriptions {
  readonly #connection: Connection
  readonly #options: SubscriptionsOptions
  readonly #byName = new Map<ChannelName, Subscription>()
  #ended = false

  constructor(connection: Connection, options: SubscriptionsOptions) {
    this.#connection = connection
    this.#options = options
  }

  get size(): number {
    return this.#byName.size
  }

  has(name: ChannelName): boolean {
    return this.#byName.get(name)?.live === true
  }

  get live(): readonly ChannelRef[] {
    return [...this.#byName.values()].filter(({ live }) => live).map(({ channel }) => channel)
  }

  /** Grants a channel that the server has decided on: the policy is not asked for it. */
  assign(channel: ChannelRef): void {
    if (!this.#ended) this.#entry(channel).assigned = true
  }

  /** Takes a grant back; a live subscription goes on only if the policy allows it (see `reauthorize`). */
  unassign(name: ChannelName): void {
    const entry = this.#byName.get(name)
    if (entry !== undefined) entry.assigned = false
  }

  get assigned(): readonly ChannelRef[] {
    return [...this.#byName.values()].filter(({ assigned }) => assigned).map(({ channel }) => channel)
  }

  /**
   * Subscribes, or subscribes again from `since`. `reply` gets a `SubscribedReply` as JSON text, and is called in the same turn in which the subscription becomes live, after
   * what was missed was sent and before anything new (REC1). Is done when it returns where nothing has to be waited for: the channel is open, the policy answers at once, and
   * nothing was missed. Throws `denied`, `policy_unavailable`, `too_many_subscriptions`, `quota_exceeded` or `unavailable`.
   */
  subscribe(channel: ChannelRef, since?: Position, reply?: (json: string) => void): Promise<void> {
    if (this.#ended) return Promise.reject(new MillraceError('disconnected'))
    const entry = this.#byName.get(channel.name) ?? this.#admit(channel)
    const { generation } = entry
    entry.pending++
    const establish = (): Promise<void> => this.#establish(entry, generation, since, reply)
    const work = entry.work === null ? establish() : entry.work.then(establish)
    if (entry.pending > 0) entry.work = work.catch(() => {})
    return work
  }

  /** Idempotent. */
  unsubscribe(name: ChannelName): void {
    const entry = this.#byName.get(name)
    if (entry === undefined) return
    this.#end(entry)
    if (entry.assigned) return
    this.#byName.delete(name)
    this.#options.onHeld(this.#connection, -1)
  }

  /** Asks the policy again for each subscription (a refreshed token may hold fewer rights); answers those that have ended. */
  async reauthorize(): Promise<readonly { readonly channel: ChannelRef; readonly error: ErrorBody }[]> {
    const { policy } = this.#options
    const connection = this.#connection
    const ended: { channel: ChannelRef; error: ErrorBody }[] = []
    for (const entry of [...this.#byName.values()]) {
      if (entry.assigned) continue
      try {
        await policy.require(connection.identity, entry.channel, connection.namespace)
      } catch (error) {
        if (this.#byName.get(entry.channel.name) !== entry) continue
        this.unsubscribe(entry.channel.name)
        ended.push({ channel: entry.channel, error: (error as MillraceError).toBody() })
      }
    }
    return ended
  }

  /** Ends all, for good. */
  end(): void {
    this.#ended = true
    for (const entry of this.#byName.values()) {
      this.#end(entry)
      this.#options.onHeld(this.#connection, -1)
    }
    this.#byName.clear()
  }

  #admit(channel: ChannelRef): Subscription {
    if (this.#byName.size >= this.#options.maxSubscriptions)
      throw new MillraceError('too_many_subscriptions', `this connection has ${this.#byName.size} subscriptions, which is the limit`)
    this.#options.admit(this.#connection)
    return this.#entry(channel)
  }

  #entry(channel: ChannelRef): Subscription {
    const known = this.#byName.get(channel.name)
    if (known !== undefined) return known
    const entry: Subscription = { channel, assigned: false, generation: 0, pending: 0, work: null, open: null, live: false }
    this.#byName.set(channel.name, entry)
    this.#options.onHeld(this.#connection, 1)
    return entry
  }

  async #establish(entry: Subscription, generation: number, since: Position | undefined, reply?: (json: string) => void): Promise<void> {
    const { policy, feeds } = this.#options
    const connection = this.#connection
    const { channel } = entry
    try {
      if (!entry.assigned) {
        const asking = policy.require(connection.identity, channel, connection.namespace)
        if (asking !== undefined) await asking
      }
      this.#stillWanted(entry, generation)
      if (entry.open === null) {
        const acquired = feeds.acquire(this.#keyOf(channel), channel)
        const open = acquired instanceof Promise ? await acquired : acquired
        if (this.#ended || entry.generation !== generation) {
          feeds.release(open)
          this.#stillWanted(entry, generation)
        }
        entry.open = open
        entry.channel = open.ref ?? channel
      }
      const { open } = entry
      open.remove(connection)
      if (since === undefined) this.#goLive(entry, open, { kind: 'live' }, reply)
      else await this.#catchUp(entry, open, generation, since, reply)
    } catch (error) {
      if (!entry.live && !entry.assigned && entry.generation === generation) this.unsubscribe(channel.name)
      throw error
    } finally {
      if (--entry.pending === 0) entry.work = null
    }
  }

  /** One turn, without an await: nothing may be published between the position, the reply and the first live publication (REC1). */
  #goLive(entry: Subscription, open: OpenChannel, outcome: Outcome, reply?: (json: string) => void): void {
    reply?.(`{${JSON.stringify(outcome).slice(1, -1)},"position":${JSON.stringify(open.feed.position)},"retained":${open.retainedJson()}}`)
    open.add(this.#connection)
    if (entry.live) return
    entry.live = true
    this.#options.onLive(this.#connection, entry.channel, open.key)
  }

  /** Sends what was published after `since`, chunk by chunk, and goes live in the turn in which the feed's own position is reached. */
  async #catchUp(
    entry: Subscription,
    open: OpenChannel,
    generation: number,
    since: Position,
    reply?: (json: string) => void,
  ): Promise<void> {
    const { pages, recoverBelowBytes, onRecovery } = this.#options
    const connection = this.#connection
    const gap = (why: GapReason): void => {
      onRecovery(why, 0)
      this.#goLive(entry, open, { kind: 'gap', why }, reply)
    }
    let position = since
    let count = 0
    for (;;) {
      const { epoch, offset } = open.feed.position
      if (position.epoch !== epoch) return gap('new-epoch')
      if (position.offset === offset) {
        onRecovery('recovered', count)
        return this.#goLive(entry, open, { kind: 'recovered', count }, reply)
      }
      if (position.offset > offset) {
        if (await this.#isPastHead(entry, open, generation, position)) return gap('new-epoch')
        continue
      }
      const missed = await pages.after(open.key, position, open.feed, connection.wireNamespace)
      this.#stillWanted(entry, generation)
      if (missed.kind === 'gap') return gap(missed.why)
      for (const frame of missed.frames) {
        connection.send(frame)
        await connection.drained(recoverBelowBytes)
        this.#stillWanted(entry, generation)
      }
      position = { epoch, offset: missed.until }
      count += missed.count
    }
  }

  /** The client has seen more than this node has delivered: the feed is to read on, unless the log itself has less. */
  async #isPastHead(entry: Subscription, { key, feed }: OpenChannel, generation: number, position: Position): Promise<boolean> {
    const moved = await feed.catchUp()
    this.#stillWanted(entry, generation)
    if (moved) return false
    const read = await this.#options.log.read(key, position, 1)
    this.#stillWanted(entry, generation)
    if (read.kind === 'gap') return true
    throw new MillraceError('unavailable', `${entry.channel.name} cannot be recovered right now`)
  }

  #stillWanted(entry: Subscription, generation: number): void {
    if (this.#ended) throw new MillraceError('disconnected')
    if (entry.generation !== generation)
      throw new MillraceError('not_subscribed', `unsubscribed from ${entry.channel.name} in the meantime`)
  }

  #end(entry: Subscription): void {
    entry.generation++
    const { open, live } = entry
    entry.open = null
    entry.live = false
    if (open === null) return
    open.remove(this.#connection)
    this.#options.feeds.release(open)
    if (live) this.#options.onEnd(this.#connection, entry.channel, open.key)
  }

  #keyOf({ name }: ChannelRef): ChannelKey {
    return channelKey(this.#connection.identity.tenant, name)
  }
}
