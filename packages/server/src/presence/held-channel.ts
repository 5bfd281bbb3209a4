import type { Clock, PresenceMember, Timer } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import type { Lines, Peers } from '../cluster/port.ts'
import type { Connection } from '../transport/port.ts'
import { Pace } from './pace.ts'
import { type OwnEntry, Replica } from './replica.ts'
import { type ReplicaMessage, readReplicaMessage } from './replica-message.ts'
import { Watchers, type WatchersOptions } from './watchers.ts'

export interface HeldChannelOptions extends Omit<WatchersOptions, 'roster'> {
  /** Where the nodes that hold the channel speak to each other. */
  readonly line: ChannelKey
  readonly lines: Lines
  readonly peers: Peers
  readonly clock: Clock
  readonly nextVersion: () => number
  readonly onFailure: (error: unknown) => void
}

export const heldChannelDefaults = {
  /** So long the others may take to say who they have: who answers later is told of as one who comes. */
  gatherMs: 200,
  tellEveryMs: 50,
} as const

/** A channel whose presence somebody on this node is in, or looks at. */
export class HeldChannel {
  readonly replica: Replica
  /** Resolves when the others have had their time to answer. Never rejects. */
  readonly gathered: Promise<void>
  rolledAt: number
  /** Who asks once, and needs it open meanwhile. */
  askers = 0
  readonly #options: HeldChannelOptions
  readonly #watchers: Watchers
  readonly #tell: Pace
  #onGathered: () => void = () => {}
  #timer: Timer | null = null
  #state: 'opening' | 'failed' | 'open' | 'closed' = 'opening'

  constructor(options: HeldChannelOptions) {
    const { peers, clock, nextVersion } = options
    this.#options = options
    this.replica = new Replica({ self: peers.self, nextVersion })
    this.#watchers = new Watchers({ ...options, roster: this.replica.roster })
    this.#tell = new Pace(clock, heldChannelDefaults.tellEveryMs, () => this.#tellOthers())
    this.rolledAt = clock.now()
    this.gathered = new Promise((resolve) => {
      this.#onGathered = resolve
    })
    void this.#open()
  }

  get isIdle(): boolean {
    return this.replica.own.size === 0 && this.#watchers.size === 0 && this.askers === 0
  }

  /** Somebody else may have to be told before it is let go. */
  get mayBeLetGo(): boolean {
    return this.isIdle && (!this.replica.shared || this.#options.peers.alone)
  }

  get members(): readonly PresenceMember[] {
    return this.replica.roster.members()
  }

  put(entry: OwnEntry): void {
    this.#changed(this.replica.put(entry, this.#options.clock.now()))
    this.#tell.want()
  }

  remove(connectionId: string): void {
    this.#changed(this.replica.remove(connectionId))
    this.#tell.want()
  }

  watch(connection: Connection): void {
    this.#watchers.add(connection)
  }

  unwatch(connection: Connection): void {
    this.#watchers.remove(connection)
  }

  /** Says how far this node is, and asks for what it lacks. */
  roll(): void {
    const { peers, clock } = this.#options
    this.rolledAt = clock.now()
    if (this.#state === 'failed') void this.#open()
    if (peers.connected) this.#changed(this.replica.expire(clock.now()))
    if (this.#state === 'open' && !peers.alone) this.#say([this.replica.roll()])
  }

  /** Messages were lost while the broker was away. */
  restored(): void {
    this.replica.renew(this.#options.clock.now())
    this.roll()
  }

  gone(node: string): void {
    this.#changed(this.replica.drop(node))
  }

  close(): void {
    if (this.#state !== 'closed') this.#options.lines.close(this.#options.line)
    this.#state = 'closed'
    this.#tell.cancel()
    this.#timer?.cancel()
    this.#watchers.close()
    this.#onGathered()
  }

  async #open(): Promise<void> {
    const { line, lines, peers, clock, onFailure } = this.#options
    this.#state = 'opening'
    try {
      await lines.open(line, (from, json) => this.#hear(from, json))
    } catch (error) {
      // The next roll call tries again; until then this node knows its own.
      onFailure(error)
      if (this.#state === 'opening') this.#state = 'failed'
      this.#gather()
      return
    }
    // Holds: it may have been closed meanwhile.
    if ((this.#state as string) === 'closed') return
    this.#state = 'open'
    if (peers.alone) {
      this.#gather()
      return
    }
    this.replica.takeDelta()
    this.#say(this.replica.own.size === 0 ? [this.replica.roll()] : [...this.replica.state(), this.replica.roll()])
    this.#timer = clock.after(heldChannelDefaults.gatherMs, () => this.#gather())
  }

  #gather(): void {
    this.#onGathered()
    this.#watchers.begin()
  }

  #hear(from: string, json: string): void {
    const { peers, clock } = this.#options
    if (from === peers.self || !peers.admit(from)) return
    const message = readReplicaMessage(json)
    if (message === null) return
    const { answers, changed } = this.replica.receive(from, message, clock.now())
    this.#say(answers)
    this.#changed(changed)
  }

  #changed(userIds: readonly string[]): void {
    if (userIds.length > 0) this.#watchers.changed(userIds)
  }

  #tellOthers(): boolean {
    if (this.#state !== 'open') return false
    const delta = this.replica.takeDelta()
    if (delta === null || this.#options.peers.alone) return false
    this.#say([delta])
    return true
  }

  #say(messages: readonly ReplicaMessage[]): void {
    for (const message of messages) this.#options.lines.send(this.#options.line, JSON.stringify(message))
  }
}
