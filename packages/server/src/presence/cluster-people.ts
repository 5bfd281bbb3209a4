import { type ChannelName, escapeParam, type Timer } from '@millrace/contract'
import type { Identity } from '../auth/port.ts'
import { channelKey } from '../channel-key.ts'
import type { Lines, PeerEvents, Peers } from '../cluster/port.ts'
import { homeOf } from './home.ts'
import { SharedReplica } from './shared-replica.ts'
import type { OnlineUser, UserPresenceOptions } from './user-presence.ts'

export interface ClusterPeopleOptions extends Required<Omit<UserPresenceOptions, 'onCounted'>> {
  readonly lines: Lines
  readonly peers: Peers
  readonly onFailure: (error: unknown) => void
}

/** What a node tells of a user: how many connections they have there. */
interface There {
  readonly connections: number
  readonly identity: Identity
}

interface Person {
  readonly identity: Identity
  /** When they came, or lost their last connection. */
  readonly changedAt: number
  /** The grace period; null for who is online. */
  readonly leaving: Timer | null
}

/** Somebody of whom the application was told, or was to be told, by another node. */
interface Left {
  readonly key: string
  readonly identity: Identity
  readonly leftAt: number
  readonly at: number
}

const peopleLine = channelKey('$cluster', '$people' as ChannelName)
const sweepEveryMs = 1_000

/** A node that has just come does not act yet: not all others know it. */
const actsAfterMs = 1_000
/** What fell to a node so shortly before it was found dead may not have been told: it is told by the next. */
const untoldMs = 12_000
const untoldMax = 10_000

/**
 * Who is online on any node (PRE3). Every node knows everybody; of each person one node tells the application, the person's home. While the nodes
 * are the same nobody is told of twice; when a home dies, what it may have told last is told again.
 */
export class ClusterPeople {
  readonly #options: ClusterPeopleOptions
  readonly #shared: SharedReplica
  readonly #sweep: Timer
  readonly #people = new Map<string, Person>()
  /** Oldest first. */
  #left: Left[] = []
  #version = 0
  #gathered = false

  constructor(options: ClusterPeopleOptions) {
    this.#options = options
    this.#shared = new SharedReplica({
      ...options,
      line: peopleLine,
      nextVersion: () => ++this.#version,
      onChanged: (keys) => {
        for (const key of keys) this.#changed(key)
      },
    })
    this.#sweep = options.clock.every(sweepEveryMs, () => {
      this.#shared.rollIfDue()
      const now = options.clock.now()
      if (this.#left.length > 0) this.#left = this.#left.filter(({ at }) => Math.abs(now - at) < untoldMs)
    })
    // Never rejects.
    void this.#shared.gathered.then(() => this.#begin())
  }

  readonly peerEvents: PeerEvents = {
    onGone: (node, hasLeft) => {
      // Whoever leaves has told what was its to tell.
      if (!hasLeft) this.#takeOver(node)
      this.#shared.gone(node)
    },
    onRestored: () => this.#shared.restored(),
  }

  /** How many connections a user has on this node. */
  counted(identity: Identity, connections: number): void {
    const key = keyOf(identity)
    const there: There = { connections, identity }
    if (connections === 0) this.#shared.remove(key)
    else this.#shared.put({ connectionId: key, userId: key, state: there })
  }

  online(tenant: string): readonly OnlineUser[] {
    return [...this.#people]
      .filter(([, { identity }]) => identity.tenant === tenant)
      .map(([key, { identity }]) => ({ userId: identity.userId, connections: this.#connections(key) }))
  }

  close(): void {
    this.#sweep.cancel()
    this.#shared.close()
    for (const { leaving } of this.#people.values()) leaving?.cancel()
    this.#people.clear()
  }

  #connections(key: string): number {
    let sum = 0
    for (const { state } of this.#shared.replica.roster.entriesOf(key)) sum += thereOf(state).connections
    return sum
  }

  #changed(key: string): void {
    const { clock, graceMs, onOnline } = this.#options
    const person = this.#people.get(key)
    const member = this.#shared.replica.member(key)
    const now = clock.now()
    if (member !== null) {
      const { identity } = thereOf(member.state)
      person?.leaving?.cancel()
      this.#people.set(key, { identity, changedAt: person?.leaving === null ? person.changedAt : now, leaving: null })
      if (person === undefined && this.#gathered && this.#isHome(key, now)) onOnline(identity)
    } else if (person !== undefined && person.leaving === null) {
      const leaving = clock.after(graceMs, () => this.#leave(key, { ...person, changedAt: now }))
      this.#people.set(key, { identity: person.identity, changedAt: now, leaving })
    }
  }

  /** The grace period is over. */
  #leave(key: string, { identity, changedAt }: Person): void {
    this.#people.delete(key)
    if (this.#isHome(key, changedAt)) {
      this.#options.onOffline(identity)
      return
    }
    if (this.#left.length >= untoldMax) this.#left.splice(0, untoldMax / 2)
    this.#left.push({ key, identity, leftAt: changedAt, at: this.#options.clock.now() })
  }

  /** Who is here now is known. What older nodes were there for is theirs to tell. */
  #begin(): void {
    this.#gathered = true
    for (const [key, { identity, changedAt, leaving }] of this.#people)
      if (leaving === null && this.#isHome(key, changedAt)) this.#options.onOnline(identity)
  }

  #takeOver(node: string): void {
    const { clock, onOnline, onOffline } = this.#options
    const now = clock.now()
    const falls = (key: string, at: number): boolean => this.#home(key, at, [node]) === node && this.#isHome(key, at)
    for (const [key, { identity, changedAt, leaving }] of this.#people)
      if (leaving === null && now - changedAt < untoldMs && falls(key, changedAt)) onOnline(identity)
    for (const { key, identity, leftAt, at } of this.#left) if (now - at < untoldMs && falls(key, leftAt)) onOffline(identity)
  }

  #isHome(key: string, at: number): boolean {
    const { peers } = this.#options
    return peers.alone || this.#home(key, at, []) === peers.self
  }

  /** Among the nodes that were there at that time, and all knew of each other. */
  #home(key: string, at: number, more: readonly string[]): string | null {
    const { peers } = this.#options
    const nodes = [peers.self, ...peers.others]
    const acting = nodes.filter((node) => at - peers.joinedAt(node) >= actsAfterMs)
    return homeOf(key, [...(acting.length > 0 ? acting : nodes), ...more])
  }
}

// An escaped tenant holds no "/", so no two people share a key (TEN1).
function keyOf({ tenant, userId }: Identity): string {
  return `${escapeParam(tenant)}/${userId}`
}

function thereOf(state: unknown): There {
  // Holds: `counted` alone writes to this line, on whichever node.
  return state as There
}
