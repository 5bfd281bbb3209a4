import type { OpenChannel } from '../channels/open-channel.ts'
import type { Subscriptions } from '../channels/subscriptions.ts'
import type { Connection } from '../transport/port.ts'

/** A living connection with what hangs on it. */
export interface Session {
  readonly connection: Connection
  readonly subscriptions: Subscriptions
  /** Resolves when the assigned subscriptions are in place; requests wait for it (CHN3). */
  ready: Promise<void>
  /** Requests that are being answered. */
  pending: number
  /** SDK connections: where changes of the user's inbox come from. */
  inbox?: OpenChannel
}

function userKey(tenant: string, userId: string): string {
  return JSON.stringify([tenant, userId])
}

/** The connections of this node, by id and by user. */
export class Sessions {
  readonly #byConnection = new Map<string, Session>()
  readonly #byUser = new Map<string, Set<Session>>()

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
    return [...(this.#byUser.get(userKey(tenant, userId)) ?? [])]
  }

  add(session: Session): void {
    const { id, identity } = session.connection
    const key = userKey(identity.tenant, identity.userId)
    this.#byConnection.set(id, session)
    const sessions = this.#byUser.get(key) ?? new Set()
    this.#byUser.set(key, sessions.add(session))
  }

  delete(connectionId: string): Session | undefined {
    const session = this.#byConnection.get(connectionId)
    if (session === undefined) return undefined
    const { tenant, userId } = session.connection.identity
    const key = userKey(tenant, userId)
    this.#byConnection.delete(connectionId)
    const sessions = this.#byUser.get(key)
    sessions?.delete(session)
    if (sessions?.size === 0) this.#byUser.delete(key)
    return session
  }
}
