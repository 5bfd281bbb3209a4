import type { OpenChannel } from '../channels/open-channel.ts'
import type { Subscriptions } from '../channels/subscriptions.ts'
import type { UserPresence } from '../presence/user-presence.ts'
import type { Connection } from '../transport/port.ts'

/** A living connection with what hangs on it. */
export interface Session {
  readonly connection: Connection
  readonly subscriptions: Subscriptions
  /** Resolves when the assigned subscriptions are in place; requests wait for it (CHN3). */
  ready: Promise<void>
  /** Requests of the contract that are being answered. */
  pending: number
  /** Messages of the SDK's own that are being answered. */
  pendingOwn: number
  /** The user's own channel: where direct events and changes of the inbox come from. */
  own: OpenChannel | null
}

/** The connections of this node, by id and by user. */
export class Sessions {
  readonly #byConnection = new Map<string, Session>()
  readonly #people: UserPresence<Session>

  constructor(people: UserPresence<Session>) {
    this.#people = people
  }

  get size(): number {
    return this.#byConnection.size
  }

  get all(): readonly Session[] {
    return [...this.#byConnection.values()]
  }

  get(connectionId: string): Session | undefined {
    return this.#byConnection.get(connectionId)
  }

  ofUser(tenant: string, userId: string): readonly Session[] {
    return this.#people.connectionsOf(tenant, userId)
  }

  add(session: Session): void {
    const { id, identity } = session.connection
    this.#byConnection.set(id, session)
    this.#people.connected(identity, session)
  }

  delete(connectionId: string): Session | undefined {
    const session = this.#byConnection.get(connectionId)
    if (session === undefined) return undefined
    this.#byConnection.delete(connectionId)
    this.#people.disconnected(session.connection.identity, session)
    return session
  }
}
