import type { Connection } from '../transport/port.ts'
import type { OwnEntry } from './replica.ts'
import type { Roster } from './roster.ts'
import { SharedReplica, type SharedReplicaOptions } from './shared-replica.ts'
import { Watchers, type WatchersOptions } from './watchers.ts'

export interface HeldChannelOptions extends Omit<WatchersOptions, 'roster'>, Omit<SharedReplicaOptions, 'onChanged'> {}

/** A channel whose presence somebody on this node is in, or looks at. */
export class HeldChannel {
  readonly #options: HeldChannelOptions
  readonly #shared: SharedReplica
  readonly #watchers: Watchers
  /** Who asks once, and needs it open meanwhile. */
  #askers = 0

  constructor(options: HeldChannelOptions) {
    this.#options = options
    this.#shared = new SharedReplica({ ...options, onChanged: (userIds) => this.#watchers.changed(userIds) })
    this.#watchers = new Watchers({ ...options, roster: this.#shared.replica.roster })
    // Never rejects.
    if (options.peers.alone) this.#watchers.begin()
    else void this.#shared.gathered.then(() => this.#watchers.begin())
  }

  get isIdle(): boolean {
    return this.#shared.replica.own.size === 0 && this.#watchers.size === 0 && this.#askers === 0
  }

  /** With other nodes an idle one waits for one comparison: what it said last may be lost. */
  get mayBeLetGo(): boolean {
    return this.isIdle && this.#options.peers.alone
  }

  join(entry: OwnEntry): void {
    this.#shared.put(entry)
  }

  /** Nothing for a connection that is not in the channel. */
  update(connectionId: string, state: unknown): void {
    const entry = this.#shared.replica.own.get(connectionId)
    if (entry !== undefined) this.#shared.put({ ...entry, state })
  }

  watch(connection: Connection): void {
    this.#watchers.add(connection)
  }

  leave(connection: Connection): void {
    this.#watchers.remove(connection)
    this.#shared.remove(connection.id)
  }

  /** Reads when the others have had their time to answer. */
  async ask<T>(read: (roster: Roster) => T): Promise<T> {
    this.#askers++
    await this.#shared.gathered
    this.#askers--
    return read(this.#shared.replica.roster)
  }

  /** Compares with the others where it is time. */
  sweep(): boolean {
    return this.#shared.rollIfDue()
  }

  restored(): void {
    this.#shared.restored()
  }

  gone(node: string): void {
    this.#shared.gone(node)
  }

  close(): void {
    this.#shared.close()
    this.#watchers.close()
  }
}
