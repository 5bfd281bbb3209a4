import { type ChannelRef, type Clock, type InboxChange, type InboxPage, MillraceError } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { Notified, NotifyOptions } from '../api.ts'
import { type ChannelKey, tenantOf } from '../channel-key.ts'
import type { InboxFilter, InboxStore, NewNotification, UserInboxChange } from '../inbox/port.ts'
import type { InboxOptions, NotificationInput, NotifyTarget } from '../options.ts'
import { userIdOf, userKey } from './encode.ts'
import type { Publisher } from './publisher.ts'
import type { Session } from './sessions.ts'

export interface InboxServiceOptions {
  readonly store: InboxStore
  readonly publisher: Publisher
  readonly clock: Clock
  readonly newId: () => string
  readonly inbox: InboxOptions
  readonly onFailure: (error: unknown) => void
}

// Past so many the devices of the others compare when they come back, or with the next change.
const owedMax = 10_000
const recheckAtOnce = 20
const idMax = 128

export const inboxDefaults = { retentionMs: 90 * 24 * 3_600_000 } as const

type Awaitable<T> = T | Promise<T>

function then<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Notifications: stored for each recipient, then told to their devices (INB1 to INB5). */
export class InboxService {
  readonly #options: InboxServiceOptions
  readonly #owed = new Set<ChannelKey>()

  constructor(options: InboxServiceOptions) {
    this.#options = options
  }

  /** With `tx` on SQLite everything is done, or thrown, before the call returns: do not make this an async function. */
  notify(tenant: string, target: NotifyTarget, input: NotificationInput, { tx }: Pick<NotifyOptions, 'tx'> = {}): Promise<Notified> {
    const { clock, newId, publisher } = this.#options
    // Before anything is stored: its announcement must not be refused afterwards.
    publisher.admit(tenant)
    const notification: NewNotification = { ...input, id: validId(input.id ?? newId()), createdAt: clock.now() }
    const notified = then(this.#recipients(tenant, target), (userIds) => {
      publisher.charge(tenant, Buffer.byteLength(JSON.stringify(notification)), userIds.length)
      return tx === undefined
        ? this.#deliver(tenant, target, notification, userIds)
        : this.#deliverWithin(tx, tenant, target, notification, userIds)
    })
    return Promise.resolve(notified)
  }

  list(
    tenant: string,
    userId: string,
    options: InboxFilter & { readonly cursor?: string | undefined; readonly limit: number },
  ): Promise<InboxPage> {
    return this.#options.store.list(tenant, userId, options)
  }

  async mark(tenant: string, userId: string, ids: readonly string[] | 'all', read: boolean): Promise<InboxChange | null> {
    return this.#tell(tenant, userId, await this.#options.store.mark(tenant, userId, ids, read ? this.#options.clock.now() : null))
  }

  async delete(tenant: string, userId: string, ids: readonly string[]): Promise<InboxChange | null> {
    return this.#tell(tenant, userId, await this.#options.store.delete(tenant, userId, ids))
  }

  count(tenant: string, userId: string): Promise<{ readonly unread: number; readonly revision: number }> {
    return this.#options.store.count(tenant, userId)
  }

  /** Deletes what is older than its retention, and tells the devices that show it. */
  async trim(): Promise<void> {
    const { store, clock, inbox, publisher } = this.#options
    await store.trim(clock.now() - (inbox.retentionMs ?? inboxDefaults.retentionMs), (tenant, { userId, change }) => {
      publisher.tell(this.#push(tenant, userId, change))
    })
  }

  /** The broker did not take a change: its user is told, when it can be, that there was one. */
  owe(channel: ChannelKey): void {
    if (this.#owed.size < owedMax) this.#owed.add(channel)
  }

  /** Messages may have been lost: tells `sessions`, and whoever is owed a change, where their inboxes stand, so that each device can compare (INB2). */
  async recheck(sessions: readonly Session[]): Promise<void> {
    const users = new Map<ChannelKey, Session[]>()
    for (const session of sessions) {
      const { kind, identity } = session.connection
      if (kind !== 'sdk') continue
      const key = userKey(identity.tenant, identity.userId)
      users.set(key, [...(users.get(key) ?? []), session])
    }
    const owed = [...this.#owed]
    this.#owed.clear()
    for (const key of owed) if (!users.has(key)) users.set(key, [])
    const queue = [...users]
    const worker = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) await this.#recheckOne(...next, owed.includes(next[0]))
    }
    await Promise.all(Array.from({ length: recheckAtOnce }, worker))
  }

  async #recheckOne(key: ChannelKey, sessions: readonly Session[], owed: boolean): Promise<void> {
    const { store, publisher, onFailure } = this.#options
    try {
      const counts = await store.count(tenantOf(key), userIdOf(key))
      const change: InboxChange = { kind: 'check', ...counts }
      const json = JSON.stringify(change)
      if (owed) publisher.tell({ channel: key, event: wireEvents.inbox, json })
      else for (const { connection } of sessions) connection.sendJson(wireEvents.inbox, json)
    } catch (error) {
      onFailure(error)
    }
  }

  async #deliver(tenant: string, target: NotifyTarget, notification: NewNotification, userIds: readonly string[]): Promise<Notified> {
    const changes = await this.#options.store.add(tenant, userIds, notification)
    for (const { userId, change } of changes) this.#tell(tenant, userId, change)
    if (isNew(userIds, changes)) await this.#announce(tenant, target, notification, undefined)
    return { id: notification.id, recipients: changes.length }
  }

  #deliverWithin(
    tx: unknown,
    tenant: string,
    target: NotifyTarget,
    notification: NewNotification,
    userIds: readonly string[],
  ): Awaitable<Notified> {
    const { store, publisher } = this.#options
    return then(store.addWithin(tx, tenant, userIds, notification), (changes) => {
      const drafts = changes.map(({ userId, change }) => publisher.system(this.#push(tenant, userId, change)))
      const notified = { id: notification.id, recipients: changes.length }
      if (!isNew(userIds, changes)) return notified
      const written = publisher.write(tx, drafts)
      const announced = this.#announce(tenant, target, notification, tx)
      return Promise.all([written, announced]).then(() => notified)
    })
  }

  /** For clients without an inbox: the event of the application's own. */
  #announce(tenant: string, target: NotifyTarget, notification: NewNotification, tx: unknown): Promise<unknown> {
    const { announce } = this.#options.inbox
    const channel = announce?.channelOf(target) ?? null
    if (announce === undefined || channel === null) return Promise.resolve()
    return this.#options.publisher.publish({
      tenant,
      channel,
      event: announce.event,
      data: announce.payload(notification),
      tx,
      passed: true,
    })
  }

  #push(tenant: string, userId: string, change: InboxChange) {
    return { channel: userKey(tenant, userId), event: wireEvents.inbox, json: JSON.stringify(change) }
  }

  #tell(tenant: string, userId: string, change: InboxChange | null): InboxChange | null {
    if (change !== null) this.#options.publisher.tell(this.#push(tenant, userId, change))
    return change
  }

  #recipients(tenant: string, target: NotifyTarget): Awaitable<readonly string[]> {
    const directory = this.#options.inbox.directory ?? {}
    if ('user' in target) return [target.user]
    if ('users' in target) return [...new Set(target.users)]
    const [method, ask]: [string, (() => Awaitable<readonly string[]>) | undefined] =
      'role' in target
        ? ['usersWithRole', directory.usersWithRole && (() => directory.usersWithRole?.(tenant, target.role) ?? [])]
        : 'channel' in target
          ? ['usersOfChannel', directory.usersOfChannel && (() => directory.usersOfChannel?.(tenant, target.channel as ChannelRef) ?? [])]
          : ['allUsers', directory.allUsers && (() => directory.allUsers?.(tenant) ?? [])]
    if (ask === undefined)
      throw new MillraceError('unavailable', `notify: this target needs \`inbox.directory.${method}\` in the server's options`)
    return then(ask(), (users) => [...new Set(users)])
  }
}

function validId(id: string): string {
  if (id === '' || id.length > idMax || id.includes('\0'))
    throw new MillraceError('invalid_payload', `the id of a notification has 1 to ${idMax} characters, and no U+0000`)
  return id
}

/** Not what a dedupe key has held back. Who has no inbox here, such as a visitor of the channel, still hears of it. */
function isNew(userIds: readonly string[], changes: readonly UserInboxChange[]): boolean {
  return userIds.length === 0 || changes.length > 0
}
