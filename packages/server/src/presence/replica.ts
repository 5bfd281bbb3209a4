import { isDeepStrictEqual } from 'node:util'
import { MillraceError, type PresenceMember } from '@millrace/contract'
import { RecentChanges, recentChangesDefaults } from './recent-changes.ts'
import type { ReplicaMessage } from './replica-message.ts'
import { type PresenceEntry, Roster } from './roster.ts'

export interface ReplicaOptions {
  /** This node. */
  readonly self: string
  /** A number that rises with each call, whatever channel asks: one that is given up and held again does not count from the start. */
  readonly nextVersion: () => number
}

export type OwnEntry = Pick<PresenceEntry, 'connectionId' | 'userId' | 'name' | 'state'>

/** What is to be asked of the others, and who has changed. */
export interface Received {
  readonly asks: readonly ReplicaMessage[]
  readonly changed: readonly string[]
}

interface Peer {
  /** Up to which its entries are known; 0 for nothing. */
  version: number
  heardAt: number
  askedAt: number
  /** A state of which parts are missing. */
  parts: { readonly version: number; readonly got: Map<number, readonly PresenceEntry[]> } | null
}

export const replicaDefaults = {
  /** What nothing has confirmed for this long is gone: its owner has given the channel up, and the word of it was lost. */
  leaseMs: 45_000,
  /** A peer is not asked more often. */
  askEveryMs: 1_000,
  partEntries: 250,
  /** Between two answers, for each message of the first: what ten nodes of 10,000 people ask for at once is one answer in four seconds from each. */
  answerPauseMs: 100,
} as const

const nothing: Received = { asks: [], changed: [] }

/**
 * One node's copy of who is in a channel. Each node owns the entries of its own connections, and tells the others what changes, each change with the
 * version that it follows. What was lost shows as a hole, or at the next roll call, and is asked for: messages may be lost, doubled and reordered.
 * All hear an answer, and whoever is as far drops it by its version.
 */
export class Replica {
  readonly roster = new Roster()
  readonly #self: string
  readonly #nextVersion: () => number
  readonly #peers = new Map<string, Peer>()
  #version: number
  /** The others have been told nothing yet, unless this node held the channel before. */
  #fresh = true
  /** Own connections of which the others have not been told. */
  readonly #untold = new Set<string>()
  readonly #recent: RecentChanges
  /** Somebody knows us up to this version, and lacks the rest; null for nobody. */
  #owed: number | null = null
  #answered = { from: Number.POSITIVE_INFINITY, messages: 0, at: Number.NEGATIVE_INFINITY }

  constructor({ self, nextVersion }: ReplicaOptions) {
    this.#self = self
    this.#nextVersion = nextVersion
    this.#version = nextVersion()
    this.#recent = new RecentChanges(this.#version)
  }

  /** Connections of this node. */
  get own(): ReadonlyMap<string, PresenceEntry> {
    return this.roster.of(this.#self)
  }

  /** Whether another node has been heard of here, since it was last found gone. */
  get shared(): boolean {
    return this.#peers.size > 0
  }

  member(userId: string): PresenceMember | null {
    return this.roster.member(userId)
  }

  /** Idempotent; answers who has changed. Throws `conflict` for another user's connection. */
  put(entry: OwnEntry, now: number): readonly string[] {
    const before = this.own.get(entry.connectionId)
    const { connectionId, userId, name, state } = entry
    if (before !== undefined && before.userId !== userId)
      throw new MillraceError('conflict', `connection ${connectionId} is in the channel as another user`)
    if (before !== undefined && before.name === name && isDeepStrictEqual(before.state, state)) return []
    const since = before?.since ?? this.roster.member(userId)?.joinedAt ?? now
    const stamp = this.roster.nextStamp(userId, now)
    this.#untold.add(connectionId)
    return this.roster.put(this.#self, { connectionId, userId, ...(name !== undefined && { name }), state, since, stamp })
  }

  remove(connectionId: string): readonly string[] {
    const changed = this.roster.remove(this.#self, connectionId)
    if (changed.length > 0) this.#untold.add(connectionId)
    return changed
  }

  /** What the others have not been told of, in parts that follow each other. */
  takeDeltas(now: number): readonly ReplicaMessage[] {
    const ids = [...this.#untold]
    this.#untold.clear()
    const deltas = partsOf(ids).map((part) => this.#tell(part, now))
    this.#forget(now)
    return deltas
  }

  /** In how many milliseconds answers are due; null while nobody lacks anything. */
  answersIn(now: number): number | null {
    if (this.#owed === null) return null
    const { messages, at } = this.#answered
    return Math.max(0, messages * replicaDefaults.answerPauseMs - Math.abs(now - at))
  }

  /** What those lack who have asked, one answer for all of them; nothing before it is due. */
  takeAnswers(now: number): readonly ReplicaMessage[] {
    const from = this.#owed
    if (from === null || this.answersIn(now) !== 0) return []
    this.#owed = null
    const deltas = this.takeDeltas(now)
    const answers = this.#since(from) ?? this.state()
    this.#answered = { from, messages: answers.length, at: now }
    return [...deltas, ...answers]
  }

  roll(): ReplicaMessage {
    const known: Record<string, number> = {}
    for (const [node, { version }] of this.#peers) known[node] = version
    return { kind: 'roll', version: this.#version, size: this.own.size, known }
  }

  /** Whether a change or a state of that version holds nothing new, so that it need not be read. */
  knows(from: string, version: number, now: number): boolean {
    const peer = this.#peers.get(from)
    if (peer === undefined || version > peer.version) return false
    peer.heardAt = now
    return true
  }

  receive(from: string, message: ReplicaMessage, now: number): Received {
    const peer = this.#peers.get(from) ?? { version: 0, heardAt: now, askedAt: Number.NEGATIVE_INFINITY, parts: null }
    this.#peers.set(from, peer)
    peer.heardAt = now
    switch (message.kind) {
      case 'delta':
        return this.#delta(from, peer, message, now)
      case 'state':
        return this.#state(from, peer, message)
      case 'roll':
        return this.#roll(from, peer, message, now)
    }
  }

  /** The node is dead, or has left. */
  drop(node: string): readonly string[] {
    this.#peers.delete(node)
    return this.roster.replace(node, [])
  }

  /** Forgets peers that have said nothing for the lease. */
  expire(now: number): readonly string[] {
    this.#forget(now)
    return [...this.#peers].flatMap(([node, { heardAt }]) => (now - heardAt >= replicaDefaults.leaseMs ? this.drop(node) : []))
  }

  /** Nobody could be heard until now: their leases begin anew. */
  renew(now: number): void {
    for (const peer of this.#peers.values()) peer.heardAt = now
  }

  #delta(from: string, peer: Peer, delta: ReplicaMessage & { readonly kind: 'delta' }, now: number): Received {
    if (delta.version <= peer.version) return nothing
    if (delta.before === 0) {
      peer.version = delta.version
      return { asks: [], changed: this.roster.replace(from, delta.put) }
    }
    // An answer may begin further back: it has the last of each change since.
    if (delta.before > peer.version) return { asks: this.#ask(from, peer, now), changed: [] }
    peer.version = delta.version
    const changed = [
      ...delta.gone.flatMap((id) => this.roster.remove(from, id)),
      ...delta.put.flatMap((entry) => this.roster.put(from, entry)),
    ]
    return { asks: [], changed }
  }

  #state(from: string, peer: Peer, { version, part, parts, put }: ReplicaMessage & { readonly kind: 'state' }): Received {
    if (version <= peer.version || version < (peer.parts?.version ?? 0)) return nothing
    if (peer.parts?.version !== version) peer.parts = { version, got: new Map() }
    const { got } = peer.parts
    got.set(part, put)
    if (got.size < parts) return nothing
    peer.parts = null
    peer.version = version
    return { asks: [], changed: this.roster.replace(from, [...got.values()].flat()) }
  }

  #roll(from: string, peer: Peer, roll: ReplicaMessage & { readonly kind: 'roll' }, now: number): Received {
    const { version, size } = roll
    if (this.#lacks(roll, now)) this.#owed = Math.min(this.#owed ?? Number.POSITIVE_INFINITY, this.#knownTo(roll))
    if (version <= peer.version) return nothing
    if (size > 0) return { asks: this.#ask(from, peer, now), changed: [] }
    // That there is nothing needs no answer: it may be the last that is heard of it here.
    peer.version = version
    return { asks: [], changed: this.roster.replace(from, []) }
  }

  #knownTo({ known }: ReplicaMessage & { readonly kind: 'roll' }): number {
    return Object.hasOwn(known, this.#self) ? (known[this.#self] ?? 0) : 0
  }

  /** Whether the sender is to be told of us: not what is on its way to them. */
  #lacks(roll: ReplicaMessage & { readonly kind: 'roll' }, now: number): boolean {
    const known = this.#knownTo(roll)
    if (roll.asks !== undefined && roll.asks !== this.#self) return false
    if (known === 0 && this.own.size === 0) return false
    const { from, at } = this.#answered
    const isComing = from <= known && Math.abs(now - at) < recentChangesDefaults.onWayMs
    // Who asks has seen a hole: something was lost. Who does not ask and knows nothing has just come, later than what is on its way.
    if (roll.asks !== undefined) return known < this.#version && !isComing
    return known === 0 || (known < this.#recent.arrived(now) && !isComing)
  }

  /** All that is this node's own. */
  state(): readonly ReplicaMessage[] {
    const parts = partsOf([...this.own.values()])
    // Also of nothing: it says that there is nothing.
    return (parts.length === 0 ? [[]] : parts).map((put, part) => ({
      kind: 'state',
      version: this.#version,
      part,
      parts: Math.max(1, parts.length),
      put,
    }))
  }

  #tell(ids: readonly string[], now: number): ReplicaMessage {
    const before = this.#fresh ? 0 : this.#version
    this.#fresh = false
    this.#version = this.#nextVersion()
    this.#recent.add(ids, this.#version, now)
    return this.#deltaOf(before, this.#version, ids)
  }

  /** What has changed since that version, where it is remembered. */
  #since(from: number): readonly ReplicaMessage[] | null {
    let before = from
    const steps = this.#recent.since(from, replicaDefaults.partEntries)?.map(({ version, ids }) => {
      const delta = this.#deltaOf(before, version, ids)
      before = version
      return delta
    })
    return steps ?? null
  }

  #deltaOf(before: number, version: number, ids: readonly string[]): ReplicaMessage {
    const put: PresenceEntry[] = []
    const gone: string[] = []
    for (const id of ids) {
      const entry = this.own.get(id)
      if (entry === undefined) gone.push(id)
      else put.push(entry)
    }
    return { kind: 'delta', before, version, put, gone }
  }

  /** To remember more than all there is saves nothing. */
  #forget(now: number): void {
    this.#recent.forget(Math.max(replicaDefaults.partEntries, this.own.size), now)
  }

  #ask(node: string, peer: Peer, now: number): readonly ReplicaMessage[] {
    if (now - peer.askedAt < replicaDefaults.askEveryMs) return []
    peer.askedAt = now
    return [{ kind: 'roll', version: this.#version, size: this.own.size, known: { [node]: peer.version }, asks: node }]
  }
}

function partsOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  const size = replicaDefaults.partEntries
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size))
}
