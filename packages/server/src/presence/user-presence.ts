import { type Clock, escapeParam, type Timer } from '@millrace/contract'
import type { Identity } from '../auth/port.ts'

export interface UserPresenceOptions {
  readonly clock: Clock
  /** How long a person may have no connection before they count as offline: a page reload fits into it. */
  readonly graceMs?: number
  /** Once per person, with the identity of the first connection. Must not throw. */
  readonly onOnline: (identity: Identity) => void
  /** Once per person, with the identity of the newest connection. Must not throw. */
  readonly onOffline: (identity: Identity) => void
  /** How many connections the person has now, after each that began or ended. Must not throw. */
  readonly onCounted?: (identity: Identity, connections: number) => void
}

export const userPresenceDefaults = { graceMs: 10_000 } as const

export interface OnlineUser {
  readonly userId: string
  /** 0 during the grace period. */
  readonly connections: number
}

/** Who is online on this node: people, not connections (PRE3). `C` is what stands for a connection; it is compared by identity, and no `Set`. */
export interface UserPresence<C> {
  /** Idempotent per connection. */
  connected(identity: Identity, connection: C): void
  /** Idempotent; a connection that is not known is ignored. */
  disconnected(identity: Identity, connection: C): void
  connectionsOf(tenant: string, userId: string): readonly C[]
  /** Everybody between their `onOnline` and their `onOffline`. */
  online(tenant: string): readonly OnlineUser[]
  /** Forgets everybody and announces nothing. */
  close(): void
}

type Person<C> = { identity: Identity } & (
  | {
      readonly state: 'online'
      /** Most people have one, which needs no set. */
      connections: C | Set<C>
    }
  | { readonly state: 'leaving'; readonly timer: Timer }
)

// An escaped tenant holds no "/", so no two people share a key (TEN1).
const personKey = (tenant: string, userId: string): string => `${escapeParam(tenant)}/${userId}`

export function createUserPresence<C>(options: UserPresenceOptions): UserPresence<C> {
  const { clock, graceMs, onOnline, onOffline, onCounted } = { ...userPresenceDefaults, ...options }
  const people = new Map<string, Person<C>>()

  function leave(key: string, identity: Identity): void {
    const timer = clock.after(graceMs, () => {
      people.delete(key)
      onOffline(identity)
    })
    people.set(key, { state: 'leaving', identity, timer })
  }

  return {
    connected(identity, connection) {
      const key = personKey(identity.tenant, identity.userId)
      const person = people.get(key)
      if (person?.state === 'online') {
        person.identity = identity
        if (person.connections instanceof Set) person.connections.add(connection)
        else if (person.connections !== connection) person.connections = new Set([person.connections, connection])
        onCounted?.(identity, listOf(person.connections).length)
        return
      }
      person?.timer.cancel()
      people.set(key, { state: 'online', identity, connections: connection })
      onCounted?.(identity, 1)
      if (person === undefined) onOnline(identity)
    },

    disconnected({ tenant, userId }, connection) {
      const key = personKey(tenant, userId)
      const person = people.get(key)
      if (person?.state !== 'online') return
      const { identity, connections } = person
      const known = connections instanceof Set ? connections.delete(connection) : connections === connection
      if (!known) return
      const left = connections instanceof Set ? connections.size : 0
      onCounted?.(identity, left)
      if (left === 0) leave(key, identity)
    },

    connectionsOf(tenant, userId) {
      const person = people.get(personKey(tenant, userId))
      return person?.state === 'online' ? listOf(person.connections) : []
    },

    online(tenant) {
      return [...people.values()]
        .filter((person) => person.identity.tenant === tenant)
        .map((person) => ({
          userId: person.identity.userId,
          connections: person.state === 'online' ? listOf(person.connections).length : 0,
        }))
    },

    close() {
      for (const person of people.values()) if (person.state === 'leaving') person.timer.cancel()
      people.clear()
    },
  }
}

function listOf<C>(connections: C | Set<C>): readonly C[] {
  return connections instanceof Set ? [...connections] : [connections]
}
