import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { AnyContract, ChannelRef, EventInput, InboxPage, InboxUpdate, PresenceMember } from '@millrace/contract'
import type { AlertLevel, AlertSeverity } from './alerts/decision.ts'
import type { InboxFilter } from './inbox/port.ts'
import type { Jobs } from './jobs/api.ts'
import type { JobMap } from './jobs/definition.ts'
import type { NotificationInput, NotifyTarget, Publish } from './options.ts'
import type { DatabaseHandle } from './sqlite/driver.ts'

export interface TenantOption {
  /** @default the server's `tenant` */
  readonly tenant?: string
}

export interface SendOptions extends TenantOption {
  /** Only to connections of this namespace. @default all of them */
  readonly namespace?: string
}

export interface RevokeOptions extends TenantOption {
  /** Only the connections of this session, as tokens name it. @default every connection of the user */
  readonly sessionId?: string
}

export interface NotifyOptions extends TenantOption {
  /** A transaction on the store's database: stored and sent if and only if it commits. See `PublishOptions.tx`. */
  readonly tx?: unknown
}

export interface Notified {
  readonly id: string
  /** How many inboxes it was stored in. */
  readonly recipients: number
}

/** A watched value, and the level below which it alarms. */
export interface AlertReading<Tx = unknown> extends TenantOption {
  readonly key: string
  readonly value: number
  readonly minimum: number
  readonly tx?: Tx
}

export interface Alert {
  readonly key: string
  readonly value: number
  readonly minimum: number
  readonly severity: AlertSeverity
}

/** At once in a SQLite transaction, which nothing may be awaited in. */
export type AlertAnswer<Tx> = Tx extends undefined
  ? Promise<Alert | null>
  : Tx extends DatabaseHandle
    ? Alert | null
    : Alert | null | Promise<Alert | null>

export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'draining'
  readonly ready: boolean
  readonly connections: number
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string }>>
}

export interface MillraceServer<C extends AnyContract = AnyContract, J extends JobMap = JobMap> {
  readonly contract: C
  /** Serves Socket.IO on an `http.Server` of the application's. May be called for several servers. */
  attach(server: HttpServer): void
  /** Publishes to a channel. The promise resolves once a durable publication survives a crash (DLV3). */
  readonly publish: Publish
  /**
   * Sends one of the contract's direct events to every connection that the user has, on whichever node (volatile: who is away does not get it).
   * Throws `unknown_event` or `invalid_payload`; rejects with `unavailable` where the broker cannot take it.
   */
  send<N extends Extract<keyof C['direct'], string>>(
    userId: string,
    event: N,
    data: EventInput<C['direct'], N>,
    options?: SendOptions,
  ): Promise<void>
  /** Stores a notification for each recipient, then sends it (INB1, INB4). */
  notify(target: NotifyTarget, notification: NotificationInput, options?: NotifyOptions): Promise<Notified>
  readonly inbox: {
    list(userId: string, options?: InboxFilter & TenantOption & { readonly cursor?: string; readonly limit?: number }): Promise<InboxPage>
    mark(userId: string, ids: readonly string[] | 'all', read: boolean, options?: TenantOption): Promise<InboxUpdate | null>
    delete(userId: string, ids: readonly string[], options?: TenantOption): Promise<InboxUpdate | null>
    count(userId: string, options?: TenantOption): Promise<{ readonly unread: number; readonly revision: number }>
  }
  readonly alerts: {
    /**
     * Looks at a value that changed; answers an alert when it has crossed into a worse level, else null (ALR1).
     * With a SQLite `tx` the answer is there at once (not a promise).
     */
    observe<Tx = undefined>(reading: AlertReading<Tx>): AlertAnswer<Tx>
    /**
     * Runs `check` every `ms`, never twice at a time: with a `name`, on one node at a time, and on another one when that is gone (ALR2).
     * Stops with the server.
     */
    every(ms: number, check: () => Promise<void>, options?: { readonly name?: string }): { cancel(): void }
  }
  /** Long work, as declared with `jobs`: its state outlives worker, broker and server (JOB1). */
  readonly jobs: Jobs<J>
  readonly presence: {
    /** Who is in the channel, on whatever node, in the order in which they came. */
    members(channel: ChannelRef, options?: TenantOption): Promise<readonly PresenceMember[]>
    /** How many people are in it. */
    count(channel: ChannelRef, options?: TenantOption): Promise<number>
    /** Who is connected, on whatever node. `connections` is 0 during the grace period (PRE3). */
    online(options?: TenantOption): readonly { readonly userId: string; readonly connections: number }[]
  }
  /**
   * Looks a user up again (`loadUser`) and asks the policy again for each subscription, on every node; ends what is no longer allowed, and whoever
   * is no longer active. Resolves when it is done here and on its way to the others, which have it within 2 s (AUTH5).
   */
  reauthorize(userId: string, options?: TenantOption): Promise<void>
  /** Ends the connections of a user with `revoked`, on every node within 2 s (AUTH5). Resolves as `reauthorize` does. */
  revoke(userId: string, options?: RevokeOptions): Promise<void>
  health(): Promise<HealthReport>
  /** Prometheus text. */
  metrics(): Promise<string>
  /** Answers `/health`, `/health/websocket`, `/health/ready` and `/metrics`; false for any other path. */
  handleHttp(request: IncomingMessage, response: ServerResponse): boolean
  /** No new connections, queues flushed, clients told to come back with jitter (HLT3). Resolves when all are gone or the limit is over. */
  drain(options?: { readonly timeoutMs?: number; readonly reconnectWithinMs?: number }): Promise<void>
  /** Ends everything at once. Idempotent; does not close a store that was passed in. */
  close(): Promise<void>
}
export type { AlertLevel }
