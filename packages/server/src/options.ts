import type {
  Actor,
  AnyContract,
  ChannelDefinition,
  ChannelRef,
  Clock,
  ErrorBody,
  EventData,
  EventInput,
  EventName,
  InferInput,
  InferOutput,
  MatchedParams,
  Position,
  RefusalCode,
  RequestDefinition,
  RequestMap,
} from '@millrace/contract'
import type { Authenticator, Identity } from './auth/port.ts'
import type { Broker } from './broker/port.ts'
import type { JobMap } from './jobs/definition.ts'
import type { LimitOptions, QuotaOptions } from './limits/options.ts'
import type { Logger } from './observe/logger.ts'
import type { Store } from './store.ts'
import type { BackpressureOptions } from './transport/outbound/lanes.ts'

type PatternOf<C> = C extends ChannelDefinition<infer P, infer _> ? P : never
type DefinitionsOf<C extends AnyContract> = { [K in keyof C['channels']]: C['channels'][K]['definition'] }

/** What a policy decides on. It may be asynchronous; past its time limit, or when it throws, nobody is admitted (CHN2). */
export type Policy<P extends string = string> = (request: {
  readonly identity: Identity
  readonly params: MatchedParams<P>
  readonly namespace: string
}) => boolean | Promise<boolean>

/** One policy per channel pattern. A pattern without one admits nobody (CHN1). */
export type Policies<C extends AnyContract> = { readonly [K in keyof DefinitionsOf<C>]?: Policy<PatternOf<DefinitionsOf<C>[K]>> }

/** What the application knows of the user behind a token. */
export interface LoadedUser {
  readonly active: boolean
  readonly name?: string
  readonly roles?: readonly string[]
  /** Merged over the token's claims. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The connection as policies, hooks and handlers see it. */
export interface ConnectionHandle<C extends AnyContract = AnyContract> {
  readonly id: string
  readonly identity: Identity
  readonly namespace: string
  /** Sends one of the contract's direct events to this connection alone. */
  send<N extends Extract<keyof C['direct'], string>>(event: N, data: EventInput<C['direct'], N>): void
}

export interface RequestContext<C extends AnyContract = AnyContract> {
  readonly identity: Identity
  readonly connection: ConnectionHandle<C>
  /** Subscribes the connection. Throws `denied` where the policy says no. */
  subscribe(channel: ChannelRef): Promise<void>
  unsubscribe(channel: ChannelRef): Promise<void>
  /** Throws `denied` unless the policy lets this identity hear the channel. */
  authorize(channel: ChannelRef): Promise<void>
  /**
   * Publishes in the identity's tenant, with the identity as the actor. `exceptSelf` leaves this connection out; of durable publications
   * only where it is a stock client: the SDK counts positions, and knows its own by the actor.
   */
  publish: Publish<Pick<PublishOptions, 'idempotencyKey' | 'tx'> & { readonly exceptSelf?: boolean }>
  /** Says that this person is typing in the channel; it ends by itself when not repeated (PRE4). */
  startTyping(channel: ChannelRef, detail?: Readonly<Record<string, unknown>>): Promise<void>
  stopTyping(channel: ChannelRef): Promise<void>
}

export type Handlers<C extends AnyContract> = {
  readonly [N in keyof C['requests']]: (
    input: InferOutput<C['requests'][N]['input']>,
    context: RequestContext<C>,
  ) => InferInput<C['requests'][N]['reply']> | Promise<InferInput<C['requests'][N]['reply']>>
}

export interface NamespaceOptions {
  /** Who may connect to it. @default everyone with an identity */
  readonly admit?: (identity: Identity) => boolean
  /** Another name of `/` or of a declared namespace: the application sees that one alone. */
  readonly aliasOf?: string
}

/** Answers who the recipients of a notification are; asked inside the transaction when there is one (and must answer at once on SQLite). */
export interface Directory {
  usersWithRole?(tenant: string, role: string): readonly string[] | Promise<readonly string[]>
  usersOfChannel?(tenant: string, channel: ChannelRef): readonly string[] | Promise<readonly string[]>
  allUsers?(tenant: string): readonly string[] | Promise<readonly string[]>
}

export interface InboxOptions {
  readonly directory?: Directory
  /**
   * For stock clients: also publishes the notification, as this event, to the channel that the target stands for.
   * `channelOf` answers null where there is none.
   */
  readonly announce?: {
    readonly event: string
    readonly channelOf: (target: NotifyTarget) => ChannelRef | null
    /** Of the notification as it was stored; times are milliseconds since 1970. */
    readonly payload: (notification: NotificationInput & { readonly id: string; readonly createdAt: number }) => unknown
  }
  /** @default 90 days */
  readonly retentionMs?: number
}

export type NotifyTarget =
  | { readonly user: string }
  | { readonly users: readonly string[] }
  | { readonly role: string }
  | { readonly channel: ChannelRef }
  | { readonly everyone: true }

export interface NotificationInput {
  /** The application's own, 1 to 128 characters; seen before for the recipient, nothing is stored or sent. @default a new one */
  readonly id?: string
  readonly type: string
  readonly title: string
  readonly message: string
  readonly data?: unknown
  readonly document?: string
  readonly dedupeKey?: string
}

export interface ServerOptions<C extends AnyContract, J extends JobMap = JobMap> {
  readonly contract: C
  readonly auth: Authenticator
  readonly policy: Policies<C>
  /** The tenant of publications that name none: for single-tenant applications. */
  readonly tenant?: string
  /** Looks the user up after the token was verified; null for unknown. Has a time limit and fails closed. */
  readonly loadUser?: (identity: Identity) => Promise<LoadedUser | null> | LoadedUser | null
  /** The channels that the server subscribes every new connection to (CHN3). */
  readonly assign?: (identity: Identity, at: { readonly namespace: string }) => readonly ChannelRef[]
  /** Runs when a connection's assigned subscriptions are in place: send `connected` here. */
  readonly onConnect?: (connection: ConnectionHandle<C>) => void
  readonly handlers?: Handlers<C>
  /** Extra Socket.IO namespaces beside `/`. */
  readonly namespaces?: Readonly<Record<string, NamespaceOptions>>
  /** @default memoryStore() */
  readonly store?: Store
  /** @default localBroker() */
  readonly broker?: Broker
  /** Where Socket.IO is served; several paths serve the same. @default '/socket.io' */
  readonly path?: string | readonly string[]
  /** Browser origins that may connect. Same-origin pages always may. @default [] */
  readonly origins?: readonly string[]
  /**
   * How many reverse proxies of your own each connection comes through. Limits per address then count for the address that the first of them saw
   * (`X-Forwarded-For`). @default 0: for the peer
   */
  readonly trustedProxies?: number
  /** Where the token may come from, in order. @default ['auth', 'header'] */
  readonly tokenFrom?: readonly ('auth' | 'header' | { readonly cookie: string })[]
  readonly limits?: LimitOptions
  /** What each tenant may take, on all nodes together (TEN3). @default no quotas */
  readonly quotas?: QuotaOptions
  /** What may wait for one slow reader, per channel pattern. @default `limits.outboundMaxBytes` for each, and in all */
  readonly backpressure?: { readonly [K in keyof C['channels']]?: BackpressureOptions }
  /** Compresses WebSocket messages of 1 KB and more, once for all their readers, where a client offers it. @default false */
  readonly compression?: boolean
  /** How often a silent peer is asked for a sign of life, and how long it may take to answer. @default 25 s, 20 s */
  readonly heartbeat?: { readonly intervalMs?: number; readonly timeoutMs?: number }
  readonly inbox?: InboxOptions
  /** Kinds of long work, each made by `job()`. Processes of workers get the same, by `openJobs`. @default none */
  readonly jobs?: J
  /** Called once per person, on one of the nodes; the second after the grace period (PRE3). Perhaps once more where that node has died. */
  readonly onUserOnline?: (identity: Identity) => void
  readonly onUserOffline?: (identity: Identity) => void
  /** The texts of `connect_error`, where an application's clients expect their own. */
  readonly refusalMessages?: Partial<Record<RefusalCode, string>>
  /** For stock clients: the event that tells of a request that failed and had no ack. @default `error` with the error's body */
  readonly errorEvent?: { readonly name: string; readonly payload: (error: ErrorBody) => unknown }
  readonly logger?: Logger
  readonly clock?: Clock
  /** A number in [0, 1). */
  readonly random?: () => number
}

export interface PublishOptions {
  /** @default the server's `tenant` */
  readonly tenant?: string
  readonly actor?: Actor
  /** Seen again within its window: nothing is stored or sent, the answer is the first one (LOG4). */
  readonly idempotencyKey?: string
  /**
   * A transaction on the store's database: the publication is delivered if and only if it commits (OUT1).
   * On SQLite it is written, or the failure thrown, before the call returns.
   */
  readonly tx?: unknown
}

export interface Published {
  readonly id: string
  /** Durable publications outside a transaction: where it landed. */
  readonly position: Position | null
}

export type Publish<Options = PublishOptions> = <D extends ChannelDefinition, N extends EventName<D>>(
  channel: ChannelRef<D>,
  event: N,
  data: EventInput<D['events'], N>,
  options?: Options,
) => Promise<Published>

export type { EventData, RequestDefinition, RequestMap }
