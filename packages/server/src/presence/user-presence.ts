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
}

export const userPresenceDefaults = { graceMs: 10_000 } as const

export interface OnlineUser {
  readonly userId: string
  /** 0 during the grace period. */
  readonly connections: number
}

/** Who is online on this node: people, not connections (PRE3). */
export interface UserPresence {
  /** Idempotent per connection. */
  connected(identity: Identity, connectionId: string): void
  /** Idempotent; a connection that is not known is ignored. */
  disconnected(connectionId: string): void
  /** Everybody between their `onOnline` and their `onOffline`. */
  online(tenant: string): readonly OnlineUser[]
  /** Forgets everybody and announces nothing. */
  close(): void
}

type Person = { identity: Identity } & (
  | { readonly state: 'online'; readonly connections: Set<string> }
  | { readonly state: 'leaving'; readonly timer: Timer }
)

// An escaped tenant holds no "/", so no two people share a key (TEN1).
const personKey = ({ tenant, userId }: Identity): string => `${escapeParam(tenant)}/${userId}`

export function createUserPresence(options: UserPresenceOptions): UserPresence {
  const { clock, graceMs, onOnline, onOffline } = { ...userPresenceDefaults, ...options }
  const people = new Map<string, Person>()
  const personOf = new Map<string, string>()

  return {
    connected(identity, connectionId) {
      const key = personKey(identity)
      const person = people.get(key)
      personOf.set(connectionId, key)
      if (person?.state === 'online') {
        person.identity = identity
        person.connections.add(connectionId)
        return
      }
      person?.timer.cancel()
      people.set(key, { state: 'online', identity, connections: new Set([connectionId]) })
      if (person === undefined) onOnline(identity)
    },

    disconnected(connectionId) {
      const key = personOf.get(connectionId)
      const person = key === undefined ? undefined : people.get(key)
      personOf.delete(connectionId)
      if (key === undefined || person?.state !== 'online') return
      person.connections.delete(connectionId)
      if (person.connections.size > 0) return
      const { identity } = person
      const timer = clock.after(graceMs, () => {
        people.delete(key)
        onOffline(identity)
      })
      people.set(key, { state: 'leaving', identity, timer })
    },

    online(tenant) {
      return [...people.values()]
        .filter((person) => person.identity.tenant === tenant)
        .map((person) => ({ userId: person.identity.userId, connections: person.state === 'online' ? person.connections.size : 0 }))
    },

    close() {
      for (const person of people.values()) if (person.state === 'leaving') person.timer.cancel()
      people.clear()
      personOf.clear()
    },
  }
}
