import type { Clock, PresenceMember } from '@millrace/contract'
import type { PresenceMessage } from '@millrace/contract/wire'
import type { Connection, Frame } from '../transport/port.ts'
import { Pace } from './pace.ts'
import type { Roster } from './roster.ts'
import { type MemberChanges, Told } from './told.ts'

export interface WatchersOptions {
  /** The channel's name, as clients know it. */
  readonly channel: string
  readonly roster: Roster
  readonly clock: Clock
  /** The frame of a message for all readers that call their namespace so. */
  readonly frame: (wireNamespace: string, json: string) => Frame
  readonly onFailure: (error: unknown) => void
}

export const watchersDefaults = {
  /** Changes are told this often (PRE5). */
  everyMs: 250,
  /** So many members are told at once: of a large channel in parts, each after the part before it has gone out. */
  membersPerMessage: 500,
  syncBelowBytes: 131_072,
} as const

/** Frames of one text, made once for all readers of a namespace. */
type Encoded = (wireNamespace: string) => Frame

/** The connections of this node that look at a channel: each gets `sync`, and then the changes, gathered (PRE1, PRE5). */
export class Watchers {
  readonly #options: WatchersOptions
  readonly #told = new Told()
  readonly #pace: Pace
  /** Those that have all of `sync` and get changes. */
  readonly #synced = new Set<Connection>()
  /** Those that wait for `sync`, or for the rest of it, each with the number of its asking. */
  readonly #arriving = new Map<Connection, number>()
  #asked = 0
  #begun = false
  #sync: readonly Encoded[] | null = null

  constructor(options: WatchersOptions) {
    this.#options = options
    this.#pace = new Pace(options.clock, watchersDefaults.everyMs, () => this.#tell())
  }

  get size(): number {
    return this.#synced.size + this.#arriving.size
  }

  /** What is known is worth telling. */
  begin(): void {
    if (this.#begun) return
    this.#begun = true
    for (const connection of [...this.#arriving.keys()]) this.#arrived(connection)
  }

  /** Sends `sync`, also to one that has had it. */
  add(connection: Connection): void {
    if (this.size === 0) this.#told.mark(this.#options.roster.members().map(({ userId }) => userId))
    this.#synced.delete(connection)
    this.#arriving.set(connection, ++this.#asked)
    if (this.#begun) this.#arrived(connection)
  }

  remove(connection: Connection): void {
    this.#synced.delete(connection)
    this.#arriving.delete(connection)
    if (this.size > 0) return
    this.#told.clear()
    this.#sync = null
    this.#pace.cancel()
  }

  changed(userIds: readonly string[]): void {
    if (this.size === 0) return
    this.#told.mark(userIds)
    if (this.#begun) this.#pace.want()
  }

  close(): void {
    this.#pace.cancel()
    this.#synced.clear()
    this.#arriving.clear()
  }

  #arrived(connection: Connection): void {
    // Nobody else is owed the changes at their own time.
    if (this.#synced.size === 0) this.#take()
    this.#sendSync(connection).catch(this.#options.onFailure)
  }

  #tell(): boolean {
    const changes = this.#take()
    if (changes === null) return false
    const encoded = this.#encode({ kind: 'changes', ...changes })
    for (const connection of this.#synced) connection.send(encoded(connection.wireNamespace))
    return this.#synced.size > 0
  }

  #take(): MemberChanges | null {
    const changes = this.#told.take((userId) => this.#options.roster.member(userId))
    if (changes !== null) this.#sync = null
    return changes
  }

  /** Without a pause where it is one part: then nothing changes in between. */
  async #sendSync(connection: Connection): Promise<void> {
    const { members } = this.#told
    const asking = this.#arriving.get(connection)
    this.#sync ??= partsOf(members).map((part, index) =>
      this.#encode(index === 0 ? { kind: 'sync', members: part } : { kind: 'changes', members: part, left: [] }),
    )
    const parts = this.#sync
    for (const [index, part] of parts.entries()) {
      if (index > 0) await connection.drained(watchersDefaults.syncBelowBytes)
      if (this.#arriving.get(connection) !== asking) return
      connection.send(part(connection.wireNamespace))
    }
    this.#arriving.delete(connection)
    this.#synced.add(connection)
    if (parts.length === 1) return
    const missed = difference(members, this.#told.members)
    if (missed !== null) connection.send(this.#encode({ kind: 'changes', ...missed })(connection.wireNamespace))
  }

  #encode(message: DistributiveOmit<PresenceMessage, 'channel'>): Encoded {
    const { channel, frame } = this.#options
    const json = JSON.stringify({ channel, ...message })
    const frames = new Map<string, Frame>()
    return (wireNamespace) => {
      const known = frames.get(wireNamespace)
      if (known !== undefined) return known
      const made = frame(wireNamespace, json)
      frames.set(wireNamespace, made)
      return made
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

function partsOf(members: readonly PresenceMember[]): readonly (readonly PresenceMember[])[] {
  const size = watchersDefaults.membersPerMessage
  return Array.from({ length: Math.max(1, Math.ceil(members.length / size)) }, (_, part) => members.slice(part * size, (part + 1) * size))
}

/** What has happened between the two. Members that are unchanged are the same objects. */
function difference(before: readonly PresenceMember[], after: readonly PresenceMember[]): MemberChanges | null {
  const gone = new Map(before.map((member) => [member.userId, member]))
  const members = after.filter((member) => {
    const known = gone.get(member.userId)
    gone.delete(member.userId)
    return known !== member
  })
  const left = [...gone.keys()]
  return members.length + left.length === 0 ? null : { members, left }
}
