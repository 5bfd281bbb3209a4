import { MillraceError } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import { Interest } from './interest.ts'
import { isRefusal, reasonOf, type Session } from './session.ts'

interface Waiter {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (reason: Error) => void
}

function waiter(): Waiter {
  let resolve: Waiter['resolve'] = () => undefined
  let reject: Waiter['reject'] = () => undefined
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** What this node is subscribed to, and who waits for it to be in force. */
export class Subscriptions {
  readonly #prefix: string
  readonly #interest = new Interest()
  /** Not told yet, and told but not confirmed. */
  readonly #asked = new Map<ChannelKey, Waiter>()
  readonly #onTheWay = new Map<ChannelKey, Waiter>()
  #telling: Session | null = null

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  has(channel: ChannelKey): boolean {
    return this.#interest.has(channel)
  }

  /** Resolves when it is in force, which takes a `tell` where it is not yet. */
  add(channel: ChannelKey): Promise<void> {
    this.#interest.want(channel)
    if (this.#interest.isTold(channel)) return this.#onTheWay.get(channel)?.promise ?? Promise.resolve()
    const waiting = this.#asked.get(channel) ?? waiter()
    this.#asked.set(channel, waiting)
    return waiting.promise
  }

  /** While there is no session: the next one is told. */
  addLater(channel: ChannelKey): void {
    this.#interest.want(channel)
  }

  remove(channel: ChannelKey): void {
    this.#interest.drop(channel)
    this.#asked.get(channel)?.resolve()
    this.#asked.delete(channel)
  }

  /** There is no session any more: the next one is told everything, and nobody waits for it. */
  lost(): void {
    this.#interest.forgotten()
    for (const waiting of [...this.#asked.values(), ...this.#onTheWay.values()]) waiting.resolve()
    this.#asked.clear()
    this.#onTheWay.clear()
  }

  /** A new session knows nothing. */
  begin(): void {
    this.#interest.forgotten()
  }
  isDone(): boolean {
    return this.#interest.isSettled
  }
  /** Tells a new session what it does not know. Rejects where it refuses. */
  async step(session: Session): Promise<void> {
    for (const refusal of (await this.#send(session)).values()) throw refusal
  }

  /**
   * Tells the session what has changed, and what changes meanwhile after that: one thing at a time, so that the last word counts.
   * `isCurrent`: whether it still is the one in use.
   */
  async tell(session: Session, isCurrent: () => boolean): Promise<void> {
    if (this.#telling === session) return
    this.#telling = session
    while (isCurrent() && !this.#interest.isSettled) await this.#tellOnce(session, isCurrent)
    if (this.#telling === session) this.#telling = null
  }

  /** What it refuses is not wanted any more. */
  async #tellOnce(session: Session, isCurrent: () => boolean): Promise<void> {
    const asked = new Map(this.#asked)
    this.#asked.clear()
    for (const [channel, waiting] of asked) this.#onTheWay.set(channel, waiting)
    const refusals = await this.#send(session)
    // Then `lost` has answered.
    if (!isCurrent()) return
    for (const [channel, waiting] of asked) {
      if (this.#onTheWay.get(channel) === waiting) this.#onTheWay.delete(channel)
      const refusal = refusals.get(channel)
      if (refusal === undefined) waiting.resolve()
      else {
        this.#interest.refused(channel)
        waiting.reject(new MillraceError('unavailable', `Redis refuses the subscription: ${reasonOf(refusal)}`))
      }
    }
  }

  close(reason: Error): void {
    for (const waiting of [...this.#asked.values(), ...this.#onTheWay.values()]) waiting.reject(reason)
    this.#asked.clear()
    this.#onTheWay.clear()
  }

  async #send(session: Session): Promise<ReadonlyMap<ChannelKey, Error>> {
    const { unsubscribe, subscribe } = this.#interest.take()
    const named = (channels: readonly ChannelKey[]) => channels.map((channel) => this.#prefix + channel)
    for (const channel of unsubscribe) this.#onTheWay.delete(channel)
    // In the order of the calls, on one connection: a subscription that follows counts.
    const [, answers] = await Promise.all([
      unsubscribe.length > 0 ? session.unsubscribe(named(unsubscribe)) : null,
      subscribe.length > 0 ? session.subscribe(named(subscribe)) : [],
    ])
    const refusals = new Map<ChannelKey, Error>()
    for (const [index, channel] of subscribe.entries()) {
      const answer = answers[index]
      if (isRefusal(answer)) refusals.set(channel, answer)
    }
    return refusals
  }
}
