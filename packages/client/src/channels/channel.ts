import type { ChannelRef, Clock, ErrorBody, GapReason, Position, Publication, Timer } from '@millrace/contract'
import { type PresenceMessage, type SubscribedReply, wireEvents } from '@millrace/contract/wire'
import type { Connection } from '../connection/connection.ts'
import { createObservable, type Observable, type Unsubscribe } from '../observer.ts'
import { idlePresence, type PresenceView, reducePresence } from '../presence/presence-state.ts'
import { type Report, safely } from '../report.ts'
import { type ReadAck, readPublications, readSubscribed, retryAfterOf } from '../wire-reader.ts'
import { type ChannelAction, type ChannelEvent, type ChannelState, positionOf, reduceChannel } from './channel-state.ts'
import type { Positions } from './positions.ts'
import { RetainedValues } from './retained-values.ts'

export type ChannelStatus =
  | { readonly state: 'idle' }
  | { readonly state: 'subscribing' }
  | { readonly state: 'live' }
  | { readonly state: 'refused'; readonly error: ErrorBody }

/** Publications that can't be had any more; `position`: from where the stream goes on. */
export interface Gap {
  readonly why: GapReason
  readonly position: Position
}

/** What a listener to a channel may want to be told. */
export interface Consumer {
  onPublications?(publications: readonly Publication[]): void
  onLive?(position: Position): void
  onGap?(gap: Gap): void
  /** Somebody else has signed in. */
  onReset?(): void
}

export interface ChannelOptions {
  readonly ref: ChannelRef
  readonly connection: Connection
  readonly clock: Clock
  readonly random: () => number
  readonly report: Report
  readonly positions: Positions
  readonly lingerMs: number
  /** Where the log of a channel that the server has assigned stood at the welcome. */
  assignedPosition(): Position | null
  forgetAssigned(): void
  /** Nobody has anything to do with the channel any more. */
  onUnused(): void
}

const answerTimeoutMs = 30_000

interface Attached {
  readonly consumer: Consumer
  /** Has been told where the channel stands, and its retained values. */
  primed: boolean
}

export interface PresenceShown {
  readonly state: unknown
}

/** One channel of the client: its one subscription on the wire (CLI4), shared by all who listen. */
export class Channel {
  readonly name: string
  readonly status: Observable<ChannelStatus>
  readonly presence: Observable<PresenceView>
  readonly retained: Observable<number>
  readonly #options: ChannelOptions
  readonly #values: RetainedValues
  readonly #consumers = new Set<Attached>()
  readonly #shown = new Set<PresenceShown>()
  #state: ChannelState = { state: 'idle' }
  #sentPresence: PresenceShown | null = null
  #attempts = 0
  #waitTimer: Timer | null = null
  #lingerTimer: Timer | null = null
  #settling = false
  /** The subscription is made anew for a change of presence alone: nobody need know. */
  #quiet = false

  constructor(options: ChannelOptions) {
    const { ref, report } = options
    this.name = ref.name
    this.#options = options
    this.#values = new RetainedValues(ref.definition, report)
    const onFirst = (): Unsubscribe => () => this.#settleSoon()
    this.status = createObservable<ChannelStatus>({ state: 'idle' }, { report, onFirst })
    this.presence = createObservable<PresenceView>(idlePresence, { report, onFirst })
    this.retained = createObservable(0, { report, onFirst })
  }

  get ref(): ChannelRef {
    return this.#options.ref
  }

  get position(): Position | null {
    return positionOf(this.#state)
  }

  get values(): RetainedValues {
    return this.#values
  }

  /** Listens, and with that subscribes. The function it returns ends that, and is idempotent. */
  attach(consumer: Consumer): Unsubscribe {
    const attached: Attached = { consumer, primed: false }
    this.#consumers.add(attached)
    this.#options.connection.need()
    this.#settleSoon()
    return () => {
      if (this.#consumers.delete(attached)) this.#settleSoon()
    }
  }

  /** Shows the user in the channel's presence. Whoever shows last counts. */
  show(shown: PresenceShown): Unsubscribe {
    const detach = this.attach({})
    this.#shown.add(shown)
    this.#settleSoon()
    return () => {
      if (this.#shown.delete(shown)) this.#settleSoon()
      detach()
    }
  }

  onConnected(): void {
    this.#handle({ type: 'connected', start: this.#start() })
  }

  onRefreshed(): void {
    this.#handle({ type: 'refreshed' })
  }

  onDisconnected(): void {
    this.#handle({ type: 'disconnected' })
    const { status } = this.presence.getSnapshot()
    if (status === 'live') this.presence.set({ ...this.presence.getSnapshot(), status: 'stale' })
  }

  onUserChanged(): void {
    this.#values.clear()
    this.#retainedChanged()
    if (this.presence.getSnapshot() !== idlePresence) this.presence.set({ status: 'syncing', members: [] })
    this.#handle({ type: 'user-changed' })
    for (const { consumer } of [...this.#consumers]) consumer.onReset?.()
  }

  onPublished(publication: Publication): void {
    this.#handle({ type: 'published', publication })
  }

  onRecovered(publications: readonly Publication[]): void {
    this.#handle({ type: 'recovered', publications })
  }

  onPresence(message: PresenceMessage): void {
    if (this.#state.state === 'live') this.presence.set(reducePresence(this.presence.getSnapshot(), message))
  }

  onUnsubscribed(error: ErrorBody): void {
    this.#handle({ type: 'unsubscribed', error, retryAfterMs: retryAfterOf(error) })
  }

  /** Ends everything at once, without a word to the server. */
  dispose(): void {
    this.#consumers.clear()
    this.#shown.clear()
    this.#lingerTimer?.cancel()
    this.#handle({ type: 'disconnected' })
    this.#handle({ type: 'released' })
  }

  #start(): Position | null {
    return this.#options.positions.get(this.name) ?? this.#options.assignedPosition()
  }

  #handle(event: ChannelEvent): void {
    const before = this.#state
    const [next, ...actions] = reduceChannel(before, event, { attempt: ++this.#attempts, random: this.#options.random() })
    this.#state = next
    if (next.state !== before.state) this.#waitTimer?.cancel()
    const position = positionOf(next)
    if (position !== null && position !== positionOf(before)) this.#options.positions.set(this.name, position)
    for (const action of actions) this.#carryOut(action)
    if (this.#state === next && next !== before) this.#publishStatus()
    if (next.state === 'idle' && before.state !== 'idle') this.#settleSoon()
  }

  #carryOut(action: ChannelAction): void {
    const { connection, clock, report } = this.#options
    switch (action.type) {
      case 'subscribe':
        this.#subscribe(action.attempt, action.position)
        return
      case 'unsubscribe':
        this.#sentPresence = null
        connection.ask(wireEvents.unsubscribe, { channel: this.name }, answerTimeoutMs, (ack) => {
          const again = !ack.ok && ack.error.code === 'rate_limited'
          this.#handle(again ? { type: 'not-left', retryAfterMs: retryAfterOf(ack.error) } : { type: 'left' })
        })
        return
      case 'wait':
        this.#waitTimer = clock.after(action.ms, () => this.#handle({ type: 'due' }))
        return
      case 'deliver':
        this.#deliver(action.publications)
        return
      case 'gap':
        for (const { consumer } of [...this.#consumers]) consumer.onGap?.({ why: action.why, position: action.position })
        return
      case 'live':
        this.#becomeLive(action.position, action.reply)
        return
      case 'report':
        report(action.error, { during: 'subscribe', channel: this.name })
    }
  }

  #subscribe(attempt: number, position: Position | null): void {
    this.#sentPresence = this.#wantedPresence()
    if (this.ref.definition.presence !== undefined && this.presence.getSnapshot().status === 'idle')
      this.presence.set({ status: 'syncing', members: [] })
    const message = {
      channel: this.name,
      ...(position && { position }),
      ...(this.#sentPresence && { presence: presencePayload(this.#sentPresence) }),
    }
    const onReply = (ack: ReadAck): void => {
      if (!ack.ok) {
        this.#handle({ type: 'failed', attempt, error: ack.error, retryAfterMs: retryAfterOf(ack.error) })
        return
      }
      const reply = readSubscribed(ack.data)
      if (reply !== null) this.#handle({ type: 'acked', attempt, reply })
      else
        this.#handle({
          type: 'failed',
          attempt,
          error: { code: 'internal', message: 'The answer to a subscription was not readable', retry: false },
        })
    }
    this.#options.connection.ask(wireEvents.subscribe, message, answerTimeoutMs, onReply)
  }

  #becomeLive(position: Position, reply: SubscribedReply): void {
    const retained = readPublications(reply.retained)
    const fresh = this.#values.replace(retained)
    if (fresh !== null) this.#retainedChanged()
    for (const attached of [...this.#consumers]) {
      const values = attached.primed ? (fresh ?? []) : retained
      attached.primed = true
      attached.consumer.onLive?.(position)
      if (values.length > 0) attached.consumer.onPublications?.(values)
    }
    this.#settleSoon()
  }

  #deliver(publications: readonly Publication[]): void {
    let retained = false
    for (const publication of publications) if (this.#values.isRetained(publication)) retained = this.#values.add(publication) || retained
    if (retained) this.#retainedChanged()
    for (const { consumer, primed } of [...this.#consumers]) {
      // One that is about to be told the retained values is not told them twice.
      const due = primed ? publications : publications.filter((publication) => !this.#values.isRetained(publication))
      if (due.length > 0) consumer.onPublications?.(due)
    }
  }

  #retainedChanged(): void {
    this.retained.set(this.retained.getSnapshot() + 1)
  }

  #wantedPresence(): PresenceShown | null {
    return [...this.#shown].at(-1) ?? null
  }

  /** Looks a moment later, when a whole round of components has come or gone, what is to be done. */
  #settleSoon(): void {
    if (this.#settling) return
    this.#settling = true
    void Promise.resolve().then(() => {
      this.#settling = false
      safely(this.#options.report, { during: 'subscribe', channel: this.name }, () => this.#settle())
    })
  }

  #settle(): void {
    if (this.#consumers.size === 0) {
      this.#settleUnwanted()
      return
    }
    this.#lingerTimer?.cancel()
    this.#lingerTimer = null
    const leavingForGood = this.#state.state === 'leaving' && !this.#state.returning
    if (this.#state.state === 'idle' || leavingForGood)
      this.#handle({ type: 'wanted', connected: this.#options.connection.welcome !== null, start: this.#start() })
    if (this.#state.state === 'live') this.#prime(this.#state.position)
    this.#settlePresence()
  }

  #settleUnwanted(): void {
    if (this.#state.state === 'idle') {
      if (!this.status.used && !this.presence.used && !this.retained.used) this.#options.onUnused()
      return
    }
    if (this.#state.state === 'leaving' && !this.#state.returning) return
    this.#lingerTimer ??= this.#options.clock.after(this.#options.lingerMs, () => {
      this.#lingerTimer = null
      if (this.#consumers.size > 0) return
      this.#options.positions.delete(this.name)
      this.#options.forgetAssigned()
      this.#values.clear()
      this.#retainedChanged()
      this.presence.set(idlePresence)
      this.#handle({ type: 'released' })
    })
  }

  #prime(position: Position): void {
    for (const attached of [...this.#consumers]) {
      if (attached.primed) continue
      attached.primed = true
      attached.consumer.onLive?.(position)
      const values = this.#values.all()
      if (values.length > 0) attached.consumer.onPublications?.(values)
    }
  }

  #settlePresence(): void {
    const wanted = this.#wantedPresence()
    const sent = this.#sentPresence
    if (this.#state.state !== 'live' && this.#state.state !== 'subscribing') return
    if ((wanted === null) !== (sent === null)) {
      // Only a subscription joins and leaves presence: it is made anew, from the same position.
      this.#quiet = this.#state.state === 'live'
      this.#handle({ type: 'changed' })
      return
    }
    if (this.#state.state !== 'live' || wanted === null || sent === null || sameState(wanted, sent)) return
    this.#sentPresence = wanted
    this.#options.connection.ask(wireEvents.presenceUpdate, { channel: this.name, state: wanted.state }, answerTimeoutMs, (ack) => {
      if (!ack.ok && ack.error.code !== 'disconnected')
        this.#options.report(new Error(`presence was not updated: ${ack.error.message}`), { during: 'subscribe', channel: this.name })
    })
  }

  #publishStatus(): void {
    const next = statusOf(this.#state)
    const renewing = this.#state.state === 'leaving' || this.#state.state === 'subscribing'
    if (this.#quiet && renewing && next.state === 'subscribing') return
    this.#quiet = false
    if (next.state === 'refused') this.presence.set(idlePresence)
    const shown = this.status.getSnapshot()
    if (next.state !== shown.state || next.state === 'refused') this.status.set(next)
  }
}

function presencePayload({ state }: PresenceShown): { readonly state?: unknown } {
  return state === undefined ? {} : { state }
}

function sameState(a: PresenceShown, b: PresenceShown): boolean {
  return JSON.stringify(a.state) === JSON.stringify(b.state)
}

function statusOf(channel: ChannelState): ChannelStatus {
  switch (channel.state) {
    case 'live':
    case 'idle':
      return { state: channel.state }
    case 'refused':
      return { state: 'refused', error: channel.error }
    case 'leaving':
      return { state: !channel.returning ? 'idle' : 'subscribing' }
    default:
      return { state: 'subscribing' }
  }
}
