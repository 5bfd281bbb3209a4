import { isDeepStrictEqual } from 'node:util'
import { MillraceError, type PresenceMember } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import type { PresenceChange, PresenceEntry, PresenceStore } from './port.ts'

interface Person {
  readonly userId: string
  readonly joinedAt: number
  /** Newest last, by when a connection last said something new. */
  readonly entries: Map<string, PresenceEntry>
}

interface Channel {
  readonly people: Map<string, Person>
  readonly personOf: Map<string, Person>
}

function toMember({ userId, joinedAt, entries }: Person): PresenceMember {
  const newest = [...entries.values()].at(-1)
  const name = newest?.name
  return { userId, ...(name !== undefined && { name }), state: newest?.state, connections: entries.size, joinedAt }
}

function enter(person: Person, entry: PresenceEntry): void {
  const before = person.entries.get(entry.connectionId)
  if (isDeepStrictEqual(before, entry)) return
  // Taken out first: a Map keeps a key's old place.
  person.entries.delete(entry.connectionId)
  person.entries.set(entry.connectionId, entry)
}

/** Presence on one node. Holds an entry per connection and channel, and nothing for those that have left. */
export function memoryPresence(): PresenceStore {
  const channels = new Map<ChannelKey, Channel>()

  /** Runs a change to one person and answers what others can see of it. */
  function changed(channel: ChannelKey, person: Person, change: () => void): PresenceChange | null {
    const before = person.entries.size === 0 ? null : toMember(person)
    change()
    const member = toMember(person)
    if (before === null) return { kind: 'join', channel, member }
    if (member.connections === 0) return { kind: 'leave', channel, userId: person.userId }
    return isDeepStrictEqual(before, member) ? null : { kind: 'update', channel, member }
  }

  return {
    async join(channel, { connectionId, userId, name, state }, now) {
      const { people, personOf } = channels.get(channel) ?? { people: new Map(), personOf: new Map() }
      const known = personOf.get(connectionId)
      if (known !== undefined && known.userId !== userId)
        throw new MillraceError('conflict', `connection ${connectionId} is in the channel as another user`)
      const person: Person = people.get(userId) ?? { userId, joinedAt: now, entries: new Map() }
      channels.set(channel, { people: people.set(userId, person), personOf: personOf.set(connectionId, person) })
      return changed(channel, person, () => enter(person, { connectionId, userId, ...(name !== undefined && { name }), state }))
    },

    async update(channel, connectionId, state) {
      const person = channels.get(channel)?.personOf.get(connectionId)
      const entry = person?.entries.get(connectionId)
      if (person === undefined || entry === undefined) return null
      return changed(channel, person, () => enter(person, { ...entry, state }))
    },

    async leave(channel, connectionId) {
      const { people, personOf } = channels.get(channel) ?? {}
      const person = personOf?.get(connectionId)
      if (people === undefined || personOf === undefined || person === undefined) return null
      return changed(channel, person, () => {
        person.entries.delete(connectionId)
        personOf.delete(connectionId)
        if (person.entries.size === 0) people.delete(person.userId)
        if (people.size === 0) channels.delete(channel)
      })
    },

    async members(channel) {
      return [...(channels.get(channel)?.people.values() ?? [])].map(toMember)
    },
  }
}
