import type { ChannelName, Clock, Timer } from '@millrace/contract'
import { channelKey } from '../channel-key.ts'
import { Members, memberDefaults } from './members.ts'
import type { Lines, PeerEvents, Peers } from './port.ts'

export interface MembershipOptions {
  readonly self: string
  readonly lines: Lines
  readonly clock: Clock
  /** There is no broker that others could be on: nothing is said. */
  readonly solo: boolean
  readonly onFailure: (error: unknown) => void
}

/** The word of a node to all others. */
type Word =
  | {
      readonly kind: 'beat'
      /** Since its start: clocks of nodes differ. */
      readonly ageMs: number
      /** It asks who is there. */
      readonly greets: boolean
      /** See `Cargo`. */
      readonly cargo?: unknown
    }
  | { readonly kind: 'leave' }

/** Nobody waits longer for a broker that does not answer. */
const goodbyeMs = 1_000

/** What travels with the beats, of whatever the node counts. Neither may throw. */
export interface Cargo {
  /** Asked with each beat. */
  give(): unknown
  take(from: string, cargo: unknown): void
}

const nodesKey = channelKey('$cluster', '$nodes' as ChannelName)

/** Beats, and hears the beats of the others. */
export class Membership implements Peers {
  readonly self: string
  readonly #options: MembershipOptions
  readonly #members: Members
  readonly #observers: PeerEvents[] = []
  #cargo: Cargo | null = null
  #timer: Timer | null = null
  #open = false
  #beatAt = 0

  constructor(options: MembershipOptions) {
    this.#options = options
    this.self = options.self
    this.#members = new Members({ self: options.self, now: options.clock.now() })
  }

  get others(): readonly string[] {
    return this.#members.others
  }

  get alone(): boolean {
    const { solo, clock } = this.#options
    return solo || (this.#members.isSettled(clock.now()) && this.#members.others.length === 0)
  }

  get connected(): boolean {
    return this.#members.isConnected(this.#options.clock.now())
  }

  joinedAt(node: string): number {
    return this.#members.joinedAt(node)
  }

  admit(node: string): boolean {
    return this.#members.said(node, this.#options.clock.now())
  }

  observe(events: PeerEvents): void {
    this.#observers.push(events)
  }

  carry(cargo: Cargo): void {
    this.#cargo = cargo
  }

  start(): void {
    const { solo, clock } = this.#options
    if (solo) return
    this.#timer = clock.every(memberDefaults.beatMs, () => void this.#beat(false))
    void this.#beat(true)
  }

  /** The broker is back. */
  restored(): void {
    this.#members.restored(this.#options.clock.now())
    for (const { onRestored } of this.#observers) onRestored?.()
    if (this.#timer !== null) void this.#beat(true)
  }

  /** Says goodbye; resolves when the word is out, or cannot get out. Idempotent. */
  async leave(): Promise<void> {
    if (this.#timer === null) return
    this.#timer.cancel()
    this.#timer = null
    const { lines, clock } = this.#options
    const said = this.#say({ kind: 'leave' })
    lines.close(nodesKey)
    await new Promise<void>((resolve) => {
      const timer = clock.after(goodbyeMs, resolve)
      void said.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  async #beat(greets: boolean): Promise<void> {
    if (!this.#open) {
      try {
        await this.#options.lines.open(nodesKey, (from, json) => this.#hear(from, json))
        this.#open = true
      } catch (error) {
        // The next beat tries again.
        this.#options.onFailure(error)
        return
      }
    }
    const cargo = this.#cargo?.give()
    this.#sayBeat(greets, this.alone ? undefined : cargo)
    const now = this.#options.clock.now()
    const wasFrozen = this.#beatAt > 0 && now - this.#beatAt > memberDefaults.beatMs * memberDefaults.silentBeats
    this.#beatAt = now
    // The others may have thought this node dead: they have to be told all.
    if (wasFrozen) for (const { onRestored } of this.#observers) onRestored?.()
  }

  #sayBeat(greets: boolean, cargo?: unknown): void {
    const ageMs = this.#options.clock.now() - this.joinedAt(this.self)
    void this.#say({ kind: 'beat', ageMs, greets, ...(cargo !== undefined && { cargo }) })
  }

  #say(word: Word): Promise<void> {
    return this.#options.lines.send(nodesKey, JSON.stringify(word))
  }

  #hear(from: string, json: string): void {
    if (this.#timer === null) return
    // Holds: only nodes write to this channel; a newer one may say what this one does not know.
    const word = JSON.parse(json) as Word
    if (from === this.self) {
      if (word.kind === 'beat') for (const node of this.#members.echo(this.#options.clock.now())) this.#tellGone(node, false)
    } else if (word.kind === 'beat') {
      this.#members.beat(from, this.#options.clock.now() - word.ageMs)
      if (word.cargo !== undefined && this.#members.said(from, this.#options.clock.now())) this.#cargo?.take(from, word.cargo)
      if (word.greets) this.#sayBeat(false)
    } else if (word.kind === 'leave' && this.#members.left(from)) this.#tellGone(from, true)
  }

  #tellGone(node: string, hasLeft: boolean): void {
    for (const { onGone } of this.#observers) onGone?.(node, hasLeft)
  }
}
