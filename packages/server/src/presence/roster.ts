import { isDeepStrictEqual } from 'node:util'
import type { PresenceMember } from '@millrace/contract'

/** One connection in a channel, as the node that it is on tells of it. */
export interface PresenceEntry {
  readonly connectionId: string
  readonly userId: string
  readonly name?: string
  readonly state: unknown
  /** Since when the person was there when this connection came, in milliseconds since 1970. */
  readonly since: number
  /** Of a person's entries the one with the highest stamp shows the state. */
  readonly stamp: number
}

interface Person {
  /** The objects that the owners hold. Mostly one, seldom many: a list is smaller than a map. */
  entries: readonly PresenceEntry[]
  /** Made when it is asked for. */
  member: PresenceMember | null
}

const none: ReadonlyMap<string, PresenceEntry> = new Map()

/** Who is in a channel, by what each owner (a node) says of its own connections: people, with a count of them (PRE1). Equal entries give equal members. */
export class Roster {
  readonly #owners = new Map<string, Map<string, PresenceEntry>>()
  readonly #people = new Map<string, Person>()

  /** People. */
  get count(): number {
    return this.#people.size
  }

  of(owner: string): ReadonlyMap<string, PresenceEntry> {
    return this.#owners.get(owner) ?? none
  }

  /** Answers the people whom it concerns: none where nothing has changed. */
  put(owner: string, entry: PresenceEntry): readonly string[] {
    const own = this.#owners.get(owner) ?? new Map<string, PresenceEntry>()
    const before = own.get(entry.connectionId)
    if (before !== undefined && isDeepStrictEqual(before, entry)) return []
    if (before !== undefined && before.userId !== entry.userId) this.#leave(before)
    this.#owners.set(owner, own.set(entry.connectionId, entry))
    const person: Person = this.#people.get(entry.userId) ?? { entries: [], member: null }
    this.#people.set(entry.userId, person)
    person.entries = [...person.entries.filter((known) => known !== before), entry]
    person.member = null
    return before === undefined || before.userId === entry.userId ? [entry.userId] : [before.userId, entry.userId]
  }

  remove(owner: string, connectionId: string): readonly string[] {
    const own = this.#owners.get(owner)
    const entry = own?.get(connectionId)
    if (own === undefined || entry === undefined) return []
    own.delete(connectionId)
    if (own.size === 0) this.#owners.delete(owner)
    this.#leave(entry)
    return [entry.userId]
  }

  /** The owner's entries are these, and no others. */
  replace(owner: string, entries: readonly PresenceEntry[]): readonly string[] {
    const named = new Set(entries.map(({ connectionId }) => connectionId))
    const gone = [...this.of(owner).keys()].filter((id) => !named.has(id))
    return [...gone.flatMap((id) => this.remove(owner, id)), ...entries.flatMap((entry) => this.put(owner, entry))]
  }

  /** The entries of a person, on whatever node. */
  entriesOf(userId: string): Iterable<PresenceEntry> {
    return this.#people.get(userId)?.entries ?? []
  }

  /** Null for somebody who is not there. The same object until something changes. */
  member(userId: string): PresenceMember | null {
    const person = this.#people.get(userId)
    if (person === undefined) return null
    person.member ??= toMember(userId, person.entries)
    return person.member
  }

  /** In the order in which they came. */
  members(): readonly PresenceMember[] {
    const members = [...this.#people.keys()].flatMap((userId) => this.member(userId) ?? [])
    return members.sort((a, b) => a.joinedAt - b.joinedAt || (a.userId < b.userId ? -1 : 1))
  }

  /** Higher than any stamp that the person has. */
  nextStamp(userId: string, now: number): number {
    let stamp = now
    for (const entry of this.entriesOf(userId)) stamp = Math.max(stamp, entry.stamp + 1)
    return stamp
  }

  #leave(entry: PresenceEntry): void {
    const person = this.#people.get(entry.userId)
    if (person === undefined) return
    person.entries = person.entries.filter((known) => known !== entry)
    person.member = null
    if (person.entries.length === 0) this.#people.delete(entry.userId)
  }
}

function toMember(userId: string, entries: readonly PresenceEntry[]): PresenceMember {
  let newest: PresenceEntry | null = null
  let joinedAt = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    joinedAt = Math.min(joinedAt, entry.since)
    if (newest === null || entry.stamp > newest.stamp || (entry.stamp === newest.stamp && entry.connectionId > newest.connectionId))
      newest = entry
  }
  const { name, state } = newest ?? {}
  return { userId, ...(name !== undefined && { name }), state: state ?? null, connections: entries.length, joinedAt }
}
