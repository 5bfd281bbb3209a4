import { type AnyContract, type ChannelRef, type Clock, MillraceError } from '@millrace/contract'
import { type WelcomeMessage, wireEvents, wireVersion } from '@millrace/contract/wire'
import type { Expiry } from '../auth/expiry.ts'
import type { Identity } from '../auth/port.ts'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import type { Feeds } from '../channels/feeds.ts'
import type { RecoveryPages } from '../channels/recovery-pages.ts'
import { Subscriptions, type SubscriptionsOptions } from '../channels/subscriptions.ts'
import type { InboundLimits } from '../limits/inbound.ts'
import type { PublicationLog } from '../log/port.ts'
import { describeError } from '../observe/describe-error.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { ConnectionHandle } from '../options.ts'
import type { Typing } from '../presence/typing.ts'
import type { UserPresence } from '../presence/user-presence.ts'
import type { Admitted, Connection } from '../transport/port.ts'
import { type AdmissionGate, refusalError } from './admission.ts'
import { userKey } from './encode.ts'
import { farewells } from './farewells.ts'
import type { PresenceService } from './presence.ts'
import type { RecentCommands } from './recent-commands.ts'
import { connectionHandle } from './requests.ts'
import { type Session, Sessions } from './sessions.ts'

export interface ConnectionsOptions {
  readonly contract: AnyContract
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly feeds: Feeds
  readonly log: PublicationLog
  readonly pages: RecoveryPages
  readonly admission: AdmissionGate
  readonly expiry: Expiry
  readonly recent: RecentCommands
  readonly limits: InboundLimits
  readonly presence: PresenceService
  readonly userPresence: UserPresence<Session>
  readonly typing: Typing
  readonly assign: (identity: Identity, at: { readonly namespace: string }) => readonly ChannelRef[]
  readonly onConnect: (connection: ConnectionHandle) => void
  readonly subscriptions: Pick<SubscriptionsOptions, 'policy' | 'maxSubscriptions' | 'admit' | 'onHeld' | 'recoverBelowBytes'>
}

// Shared by all whose set-up is done.
const settled = Promise.resolve()

/** The life of connections: what is set up when one begins, changes with its token, and is taken down when it ends. */
export class Connections {
  readonly sessions: Sessions
  readonly #options: ConnectionsOptions
  readonly #subscriptionsOptions: SubscriptionsOptions
  #onEmpty: (() => void) | null = null

  constructor(options: ConnectionsOptions) {
    this.#options = options
    this.sessions = new Sessions(options.userPresence)
    this.#subscriptionsOptions = this.#subscriptions()
  }

  begin(connection: Connection, { session: sessionId }: Admitted): void {
    const { metrics, logger, expiry } = this.#options
    const { identity, id, kind, namespace } = connection
    const session: Session = {
      connection,
      subscriptions: new Subscriptions(connection, this.#subscriptionsOptions),
      ready: settled,
      pending: 0,
      pendingOwn: 0,
      own: null,
    }
    this.sessions.add(session)
    metrics.connected({ kind, namespace, session: sessionId })
    logger.info({ connectionId: id, kind, namespace, tenant: identity.tenant, userId: identity.userId }, 'connected')
    expiry.track(id, identity.expiresAt)
    session.ready = this.#prepare(session)
    if (this.#options.recent.has(identity.tenant, identity.userId)) void session.ready.then(() => this.#renewOrEnd(session))
  }

  end(connection: Connection, reason: string): void {
    const session = this.sessions.delete(connection.id)
    if (session === undefined) return
    const { metrics, logger, expiry, limits, typing, feeds } = this.#options
    session.subscriptions.end()
    if (session.own !== null) {
      session.own.remove(connection)
      feeds.release(session.own)
    }
    typing.left(connection.id)
    limits.disconnected(connection.id)
    expiry.untrack(connection.id)
    metrics.disconnected({ kind: connection.kind, namespace: connection.namespace, reason })
    logger.info({ connectionId: connection.id, reason }, 'disconnected')
    if (this.sessions.size === 0) this.#onEmpty?.()
  }

  /** Puts a new token's rights into force: subscriptions stay, except those that it no longer allows (AUTH4). */
  async refresh(session: Session, token: string): Promise<{ readonly expiresAt: number | null }> {
    const { connection } = session
    const identity = await this.#options.admission.identify(token)
    if ('code' in identity) throw refusalError(identity)
    if (identity.tenant !== connection.identity.tenant || identity.userId !== connection.identity.userId)
      throw new MillraceError('auth_invalid', 'the token belongs to somebody else: open a connection of its own for it')
    if (this.sessions.get(connection.id) !== session) throw new MillraceError('disconnected')
    connection.identity = identity
    this.#options.expiry.track(connection.id, identity.expiresAt)
    await this.reauthorize(session)
    return { expiresAt: identity.expiresAt }
  }

  /** Looks a user up again, and puts into force what has changed: new rights, fewer, or none (AUTH5, on this node). */
  async renew(session: Session): Promise<void> {
    const { connection } = session
    const user = await this.#options.admission.lookup(connection.identity)
    if (this.sessions.get(connection.id) !== session) return
    if (!user.ok) {
      // Not known right now is no reason to go on as before: whoever comes back is asked again.
      connection.disconnect(user.code === 'auth_unavailable' ? 'token_expired' : 'revoked')
      return
    }
    connection.identity = user.identity
    await this.reauthorize(session)
  }

  /** It was let in by what was known before its user's rights changed. */
  async #renewOrEnd(session: Session): Promise<void> {
    try {
      await this.renew(session)
    } catch (error) {
      this.#options.logger.error({ connectionId: session.connection.id, ...describeError(error) }, 'a user could not be looked up again')
      session.connection.disconnect('draining')
    }
  }

  /** Asks again who may hear what, for a connection whose identity or whose rights have changed. */
  async reauthorize(session: Session): Promise<void> {
    const { connection, subscriptions } = session
    const assigned = new Map(this.#assignedTo(connection).map((channel) => [channel.name, channel]))
    for (const channel of subscriptions.assigned) if (!assigned.has(channel.name)) subscriptions.unassign(channel.name)
    for (const channel of assigned.values()) {
      const known = subscriptions.has(channel.name)
      subscriptions.assign(channel)
      if (!known && connection.kind === 'stock') await subscriptions.subscribe(channel)
    }
    for (const { channel, error } of await subscriptions.reauthorize())
      if (connection.kind === 'sdk') connection.sendJson(wireEvents.unsubscribed, JSON.stringify({ channel: channel.name, error }))
  }

  /** Tells one part after the other to come back, each after a random while; whoever is not told yet is served as before. */
  async dismiss(timeoutMs: number, retryAfterMs: () => number): Promise<void> {
    const { clock } = this.#options
    const waiting = this.sessions.all.values()
    let atMs = 0
    for (const farewell of farewells(this.sessions.size, timeoutMs)) {
      const pauseMs = farewell.atMs - atMs
      atMs = farewell.atMs
      if (pauseMs > 0) await new Promise<void>((resolve) => clock.after(pauseMs, resolve))
      for (let n = 0; n < farewell.count; n++) waiting.next().value?.connection.disconnect('draining', { retryAfterMs: retryAfterMs() })
    }
  }

  /** Resolves when no connection is left, or after `timeoutMs`. */
  allGone(timeoutMs: number): Promise<void> {
    if (this.sessions.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(timeoutMs, resolve)
      this.#onEmpty = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  close(): void {
    for (const { connection } of this.sessions.all) this.end(connection, 'server closed')
    this.#options.expiry.close()
  }

  #assignedTo(connection: Connection): readonly ChannelRef[] {
    return this.#options.assign(connection.identity, { namespace: connection.namespace })
  }

  #subscriptions(): SubscriptionsOptions {
    const { feeds, log, pages, metrics, presence, typing, subscriptions } = this.#options
    return {
      ...subscriptions,
      feeds,
      log,
      pages,
      onRecovery: (result, count) => metrics.recovered(result, count),
      onLive: (connection, channel, key) => {
        metrics.subscribed(1)
        // A stock client cannot ask for presence: being there is enough.
        if (connection.kind === 'stock' && channel.definition.presence !== undefined) presence.join(connection, key, null)
      },
      onEnd: (connection, channel, key) => {
        metrics.subscribed(-1)
        typing.stop(key, connection.id)
        if (channel.definition.presence !== undefined) presence.leave(connection, key)
      },
    }
  }

  async #prepare(session: Session): Promise<void> {
    const { connection } = session
    try {
      await this.#setUp(session)
    } catch (error) {
      this.#options.logger.error({ connectionId: connection.id, ...describeError(error) }, 'a connection could not be set up')
      connection.disconnect('draining')
    }
    session.ready = settled
  }

  /** Nothing that is published after the client hears `connected` is missed (CHN3). */
  async #setUp(session: Session): Promise<void> {
    const { connection, subscriptions } = session
    const { contract, onConnect } = this.#options
    const assigned = this.#assignedTo(connection)
    for (const channel of assigned) subscriptions.assign(channel)
    const opened = this.#openOwn(session)
    if (connection.kind === 'stock') {
      await Promise.all([opened, ...assigned.map((channel) => subscriptions.subscribe(channel))])
    } else {
      await opened
      await this.#welcome(session, assigned)
    }
    if (this.sessions.get(connection.id) === session) onConnect(connectionHandle(contract, session))
  }

  async #openOwn(session: Session): Promise<void> {
    const { connection } = session
    const { tenant, userId } = connection.identity
    const open = await this.#options.feeds.acquire(userKey(tenant, userId), null)
    if (this.sessions.get(connection.id) !== session) {
      this.#options.feeds.release(open)
      return
    }
    session.own = open
    open.add(connection)
  }

  async #welcome({ connection }: Session, assigned: readonly ChannelRef[]): Promise<void> {
    const { feeds, log, clock } = this.#options
    const { tenant, userId, name, roles, expiresAt } = connection.identity
    const keyOf = (channel: ChannelRef): ChannelKey => channelKey(tenant, channel.name)
    const positions = await Promise.all(
      assigned.map(async (channel) => {
        const key = keyOf(channel)
        // Where the channel is open here, what comes after its feed's position is what the client has not heard.
        return { channel: channel.name, position: feeds.find(key)?.feed.position ?? (await log.head(key)) }
      }),
    )
    const welcome: WelcomeMessage = {
      version: wireVersion,
      connectionId: connection.id,
      user: { id: userId, roles, ...(name !== undefined && { name }) },
      time: clock.now(),
      expiresAt,
      assigned: positions,
    }
    connection.sendJson(wireEvents.welcome, JSON.stringify(welcome))
  }
}
