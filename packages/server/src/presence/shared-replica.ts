import type { Clock, Timer } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import type { Lines, Peers } from '../cluster/port.ts'
import { Pace } from './pace.ts'
import { type OwnEntry, Replica } from './replica.ts'
import { type ReplicaMessage, readReplicaMessage, versionOf } from './replica-message.ts'

export interface SharedReplicaOptions {
  /** Where the nodes that hold it speak to each other. */
  readonly line: ChannelKey
  readonly lines: Lines
  readonly peers: Peers
  readonly clock: Clock
  readonly nextVersion: () => number
  /** Those who have come, gone or changed. Must not throw. */
  readonly onChanged: (userIds: readonly string[]) => void
  readonly onFailure: (error: unknown) => void
}

export const sharedReplicaDefaults = {
  /** So long the others may take to say who they have: who answers later is told of as one who comes. */
  gatherMs: 200,
  tellEveryMs: 50,
  /** Nodes that share it compare what they know this often. */
  rollEveryMs: 10_000,
  /** The same for a node that has somebody, where no other has been heard of. */
  rollAloneEveryMs: 30_000,
} as const

/** A replica that is kept equal to those of the other nodes, over a line that they all hear. */
export class SharedReplica {
  readonly replica: Replica
  /** Resolves when the others have had their time to answer. Never rejects. */
  readonly gathered: Promise<void>
  readonly #options: SharedReplicaOptions
  readonly #tell: Pace
  #rolledAt: number
  #onGathered: () => void = () => {}
  #timer: Timer | null = null
  /** Somebody waits for an answer. */
  #answering: Timer | null = null
  #state: 'opening' | 'failed' | 'open' | 'closed' = 'opening'

  constructor(options: SharedReplicaOptions) {
    const { peers, clock, nextVersion } = options
    this.#options = options
    this.replica = new Replica({ self: peers.self, nextVersion })
    this.#tell = new Pace(clock, sharedReplicaDefaults.tellEveryMs, () => this.#tellOthers())
    this.#rolledAt = clock.now()
    this.gathered = new Promise((resolve) => {
      this.#onGathered = resolve
    })
    void this.#open()
  }

  put(entry: OwnEntry): void {
    this.#changed(this.replica.put(entry, this.#options.clock.now()))
    this.#tell.want()
  }

  remove(connectionId: string): void {
    this.#changed(this.replica.remove(connectionId))
    this.#tell.want()
  }

  /** It is time to compare. False: not yet. */
  rollIfDue(): boolean {
    const everyMs =
      this.replica.shared || this.replica.own.size === 0 ? sharedReplicaDefaults.rollEveryMs : sharedReplicaDefaults.rollAloneEveryMs
    // What could not be opened is tried again at once.
    if (this.#state !== 'failed' && Math.abs(this.#options.clock.now() - this.#rolledAt) < everyMs) return false
    this.roll()
    return true
  }

  /** Says how far this node is, and asks for what it lacks. */
  roll(): void {
    const { peers, clock } = this.#options
    this.#rolledAt = clock.now()
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
    this.#answering?.cancel()
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
      this.#onGathered()
      return
    }
    // Holds: it may have been closed meanwhile.
    if ((this.#state as string) === 'closed') return
    this.#state = 'open'
    if (peers.alone) {
      this.#onGathered()
      return
    }
    this.replica.takeDeltas(clock.now())
    this.#say(this.replica.own.size === 0 ? [this.replica.roll()] : [...this.replica.state(), this.replica.roll()])
    this.#timer = clock.after(sharedReplicaDefaults.gatherMs, this.#onGathered)
  }

  #hear(from: string, json: string): void {
    const { peers, clock } = this.#options
    if (from === peers.self || !peers.admit(from)) return
    const [version, now] = [versionOf(json), clock.now()]
    if (version !== null && this.replica.knows(from, version, now)) return
    const message = readReplicaMessage(json)
    if (message === null) return
    const { asks, changed } = this.replica.receive(from, message, now)
    this.#say(asks)
    this.#answer()
    this.#changed(changed)
  }

  /** Answers what was asked, or waits until it may. */
  #answer(): void {
    const { clock } = this.#options
    if (this.#answering !== null || this.#state === 'closed') return
    this.#say(this.replica.takeAnswers(clock.now()))
    const waitMs = this.replica.answersIn(clock.now())
    if (waitMs === null) return
    this.#answering = clock.after(waitMs, () => {
      this.#answering = null
      this.#answer()
    })
  }

  #changed(userIds: readonly string[]): void {
    if (userIds.length > 0) this.#options.onChanged(userIds)
  }

  #tellOthers(): boolean {
    if (this.#state !== 'open') return false
    const deltas = this.replica.takeDeltas(this.#options.clock.now())
    if (deltas.length === 0 || this.#options.peers.alone) return false
    this.#say(deltas)
    return true
  }

  #say(messages: readonly ReplicaMessage[]): void {
    for (const message of messages) void this.#options.lines.send(this.#options.line, JSON.stringify(message))
  }
}
