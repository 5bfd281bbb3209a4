import { type ChannelName, type ChannelRef, type ErrorBody, type GapReason, MillraceError, type Position } from '@millrace/contract'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import type { PublicationLog } from '../log/port.ts'
import type { Connection } from '../transport/port.ts'
import type { Feeds, OpenChannel } from './feeds.ts'
import type { PolicyGate } from './policy.ts'
import { publicationJson } from './publication-message.ts'
import type { RecoveryPages } from './recovery-pages.ts'

export interface SubscriptionsOptions {
  readonly connection: Connection
  readonly feeds: Feeds
  readonly log: PublicationLog
  readonly pages: RecoveryPages
  readonly policy: PolicyGate
  readonly maxSubscriptions: number
  /** Recovery waits while more than this is queued for the connection, so that it never makes its own reader slow. */
  readonly recoverBelowBytes: number
  readonly onRecovery: (result: 'recovered' | GapReason, count: number) => void
  /** A subscription has begun (after its reply was sent) or ended. */
  readonly onLive: (channel: ChannelRef, key: ChannelKey) => void
  readonly onEnd: (channel: ChannelRef, key: ChannelKey) => void
}

interface Subscription {
  readonly channel: ChannelRef
  readonly key: ChannelKey
  assigned: boolean
  /** Rises with each unsubscribe: work begun before it is void (CHN4). */
  generation: number
  /** What is going on; the next subscribe waits for it. */
  work: Promise<void>
  open: OpenChannel | null
  live: boolean
}

type Outcome =
  | { readonly kind: 'live' }
  | { readonly kind: 'recovered'; readonly count: number }
  | { readonly kind: 'gap'; readonly why: GapReason }

/** The subscriptions of one connection. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  readonly #byName = new Map<ChannelName, Subscription>()
  #ended = false

  constructor(options: SubscriptionsOptions) {
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
    this.#entry(channel).assigned = true
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
   * what was missed was sent and before anything new (REC1). Throws `denied`, `policy_unavailable`, `too_many_subscriptions` or `unavailable`.
   */
  subscribe(channel: ChannelRef, since: Position | undefined, reply: (json: string) => void): Promise<void> {
    if (this.#ended) return Promise.reject(new MillraceError('disconnected'))
    const entry = this.#byName.get(channel.name) ?? this.#admit(channel)
    const { generation } = entry
    const work = entry.work.then(() => this.#establish(entry, generation, since, reply))
    entry.work = work.catch(() => {})
    return work
  }

  /** Idempotent. */
  unsubscribe(name: ChannelName): void {
    const entry = this.#byName.get(name)
    if (entry === undefined) return
    this.#end(entry)
    if (!entry.assigned) this.#byName.delete(name)
  }

  /** Asks the policy again for each subscription (a refreshed token may hold fewer rights); answers those that have ended. */
  async reauthorize(): Promise<readonly { readonly channel: ChannelRef; readonly error: ErrorBody }[]> {
    const { policy, connection } = this.#options
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
    for (const entry of this.#byName.values()) this.#end(entry)
    this.#byName.clear()
  }

  #admit(channel: ChannelRef): Subscription {
    if (this.#byName.size >= this.#options.maxSubscriptions)
      throw new MillraceError('too_many_subscriptions', `this connection has ${this.#byName.size} subscriptions, which is the limit`)
    return this.#entry(channel)
  }

  #entry(channel: ChannelRef): Subscription {
    const known = this.#byName.get(channel.name)
    if (known !== undefined) return known
    const key = channelKey(this.#options.connection.identity.tenant, channel.name)
    const entry: Subscription = { channel, key, assigned: false, generation: 0, work: Promise.resolve(), open: null, live: false }
    this.#byName.set(channel.name, entry)
    return entry
  }

  async #establish(entry: Subscription, generation: number, since: Position | undefined, reply: (json: string) => void): Promise<void> {
    const { connection, policy, feeds } = this.#options
    const { channel, key } = entry
    try {
      if (!entry.assigned) await policy.require(connection.identity, channel, connection.namespace)
      this.#stillWanted(entry, generation)
      if (entry.open === null) {
        const open = await feeds.acquire(key, hasRetained(channel))
        if (this.#ended || entry.generation !== generation) {
          feeds.release(open)
          this.#stillWanted(entry, generation)
        }
        entry.open = open
      }
      const { open } = entry
      open.remove(connection)
      const goLive = (outcome: Outcome): void => this.#goLive(entry, open, outcome, reply)
      if (since === undefined) goLive({ kind: 'live' })
      else await this.#catchUp(entry, open, generation, since, goLive)
    } catch (error) {
      if (!entry.live && !entry.assigned && entry.generation === generation) this.unsubscribe(channel.name)
      throw error
    }
  }

  /** One turn, without an await: nothing may be published between the position, the reply and the first live publication (REC1). */
  #goLive(entry: Subscription, open: OpenChannel, outcome: Outcome, reply: (json: string) => void): void {
    const { channel, key } = entry
    const retained = open.feed.retained.map((value) => publicationJson(channel.name, value))
    reply(`{${JSON.stringify(outcome).slice(1, -1)},"position":${JSON.stringify(open.feed.position)},"retained":[${retained.join(',')}]}`)
    open.add(this.#options.connection)
    if (entry.live) return
    entry.live = true
    this.#options.onLive(channel, key)
  }

  /** Sends what was published after `since`, chunk by chunk, and goes live in the turn in which the feed's own position is reached. */
  async #catchUp(
    entry: Subscription,
    open: OpenChannel,
    generation: number,
    since: Position,
    goLive: (outcome: Outcome) => void,
  ): Promise<void> {
    const { pages, connection, recoverBelowBytes, onRecovery } = this.#options
    const gap = (why: GapReason): void => {
      onRecovery(why, 0)
      goLive({ kind: 'gap', why })
    }
    let position = since
    let count = 0
    for (;;) {
      const { epoch, offset } = open.feed.position
      if (position.epoch !== epoch) return gap('new-epoch')
      if (position.offset === offset) {
        onRecovery('recovered', count)
        return goLive({ kind: 'recovered', count })
      }
      if (position.offset > offset) {
        if (await this.#isPastHead(entry, open, generation, position)) return gap('new-epoch')
        continue
      }
      const missed = await pages.after(entry.key, position, open.feed, connection.namespace)
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
  async #isPastHead(entry: Subscription, { feed }: OpenChannel, generation: number, position: Position): Promise<boolean> {
    const moved = await feed.catchUp()
    this.#stillWanted(entry, generation)
    if (moved) return false
    const read = await this.#options.log.read(entry.key, position, 1)
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
    if (open !== null) {
      open.remove(this.#options.connection)
      this.#options.feeds.release(open)
    }
    if (live) this.#options.onEnd(entry.channel, entry.key)
  }
}

function hasRetained(channel: ChannelRef): boolean {
  return Object.values(channel.definition.events).some((event) => event.delivery === 'retained')
}
