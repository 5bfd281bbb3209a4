import type { Clock, InboxChange, Timer } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { ChannelKey } from '../channel-key.ts'
import { type InboxOwner, type InboxStore, revisionsMax } from '../inbox/port.ts'
import { userKey } from './encode.ts'
import type { Publisher } from './publisher.ts'
import type { Session } from './sessions.ts'

export interface InboxAuditOptions {
  readonly store: Pick<InboxStore, 'revisions'>
  readonly publisher: Pick<Publisher, 'tell'>
  readonly clock: Clock
  readonly sessions: () => readonly Session[]
  readonly onFailure: (error: unknown) => void
}

export const inboxAuditDefaults = { intervalMs: 5_000 } as const

// Past so many the devices of the others compare with the next look of their own node.
const owedMax = 10_000

interface Device extends InboxOwner {
  readonly sessions: Session[]
}

/**
 * Changes of inboxes travel through the broker and are not logged. This asks the store again and again where the inboxes of those who are
 * connected stand; what has moved since is told to their devices, each of which fetches where it knows something else (INB2).
 */
export class InboxAudit {
  readonly #options: InboxAuditOptions
  readonly #timer: Timer
  readonly #owed = new Map<ChannelKey, InboxOwner>()
  #known = new Map<ChannelKey, number>()
  #running = false

  constructor(options: InboxAuditOptions) {
    this.#options = options
    this.#timer = options.clock.every(inboxAuditDefaults.intervalMs, () => void this.#look())
  }

  /** The broker did not take a change: its user is told, on whichever node, once it takes messages again. */
  owe(owner: InboxOwner): void {
    if (this.#owed.size < owedMax) this.#owed.set(userKey(owner.tenant, owner.userId), owner)
  }

  /** The broker is back: messages may have been lost. */
  async restored(): Promise<void> {
    this.#known.clear()
    await Promise.all([this.#look(), this.#payOwed()])
  }

  close(): void {
    this.#timer.cancel()
  }

  async #look(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      const known = new Map<ChannelKey, number>()
      const devices = [...this.#devices()]
      for (let from = 0; from < devices.length; from += revisionsMax) await this.#compare(devices.slice(from, from + revisionsMax), known)
      this.#known = known
    } catch (error) {
      // The next look tries again.
      this.#options.onFailure(error)
    } finally {
      this.#running = false
    }
  }

  async #compare(devices: readonly (readonly [ChannelKey, Device])[], known: Map<ChannelKey, number>): Promise<void> {
    const revisions = await this.#options.store.revisions(devices.map(([, device]) => device))
    for (const [index, [key, { sessions }]] of devices.entries()) {
      const revision = revisions[index] ?? 0
      known.set(key, revision)
      if (this.#known.get(key) === revision) continue
      const json = checkJson(revision)
      for (const { connection } of sessions) connection.sendJson(wireEvents.inbox, json)
    }
  }

  #devices(): ReadonlyMap<ChannelKey, Device> {
    const devices = new Map<ChannelKey, Device>()
    for (const session of this.#options.sessions()) {
      const { kind, identity } = session.connection
      // Not before it has heard its welcome.
      if (kind !== 'sdk' || session.own === null) continue
      const key = userKey(identity.tenant, identity.userId)
      const device = devices.get(key)
      if (device === undefined) devices.set(key, { tenant: identity.tenant, userId: identity.userId, sessions: [session] })
      else device.sessions.push(session)
    }
    return devices
  }

  async #payOwed(): Promise<void> {
    const { store, publisher, onFailure } = this.#options
    const owed = [...this.#owed]
    this.#owed.clear()
    try {
      for (let from = 0; from < owed.length; from += revisionsMax) {
        const part = owed.slice(from, from + revisionsMax)
        const revisions = await store.revisions(part.map(([, owner]) => owner))
        for (const [index, [channel]] of part.entries())
          publisher.tell({ channel, event: wireEvents.inbox, json: checkJson(revisions[index] ?? 0) })
      }
    } catch (error) {
      // Their own nodes find out with their next look.
      onFailure(error)
    }
  }
}

function checkJson(revision: number): string {
  return JSON.stringify({ kind: 'check', revision } satisfies InboxChange)
}
