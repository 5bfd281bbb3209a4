import { type ChannelRef, type Clock, type InboxPage, type InboxUpdate, MillraceError } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { Notified, NotifyOptions } from '../api.ts'
import type { InboxFilter, InboxStore, NewNotification, UserInboxChange } from '../inbox/port.ts'
import type { InboxOptions, NotificationInput, NotifyTarget } from '../options.ts'
import { userKey } from './encode.ts'
import type { Publisher } from './publisher.ts'

export interface InboxServiceOptions {
  readonly store: InboxStore
  readonly publisher: Publisher
  readonly clock: Clock
  readonly newId: () => string
  readonly inbox: InboxOptions
}

const idMax = 128

export const inboxDefaults = { retentionMs: 90 * 24 * 3_600_000 } as const

type Awaitable<T> = T | Promise<T>

function then<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Notifications: stored for each recipient, then told to their devices (INB1 to INB5). */
export class InboxService {
  readonly #options: InboxServiceOptions

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

  async mark(tenant: string, userId: string, ids: readonly string[] | 'all', read: boolean): Promise<InboxUpdate | null> {
    return this.#tell(tenant, userId, await this.#options.store.mark(tenant, userId, ids, read ? this.#options.clock.now() : null))
  }

  async delete(tenant: string, userId: string, ids: readonly string[]): Promise<InboxUpdate | null> {
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

  #push(tenant: string, userId: string, change: InboxUpdate) {
    return { channel: userKey(tenant, userId), event: wireEvents.inbox, json: JSON.stringify(change) }
  }

  #tell(tenant: string, userId: string, change: InboxUpdate | null): InboxUpdate | null {
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
