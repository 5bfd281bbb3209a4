/** A token bucket: `perSecond` on average, `burst` at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** What one tenant may take, on all nodes together (TEN3). What is not set has no limit. */
export interface Quotas {
  readonly connections?: number
  /** Of all its connections; those that the server assigns count, and are never refused. */
  readonly subscriptions?: number
  /** By its people and by the application; notifications too. */
  readonly publications?: Rate
  /** Payload bytes that go out: those of each publication times its subscribers on this node, and once where there is none. */
  readonly bytes?: Rate
}

/** The same for every tenant, or what a function says of each; it is asked again every ten seconds while the tenant is here. */
export type QuotaOptions = Quotas | ((tenant: string) => Quotas)

export interface LimitOptions {
  /** Past this many queued bytes the reader is slow: see the delivery classes (BP1). */
  readonly outboundMaxBytes?: number
  /** The largest message that a client may send. */
  readonly inboundMaxBytes?: number
  /** The largest payload of a publication (LOG7). */
  readonly payloadMaxBytes?: number
  readonly subscriptionsPerConnection?: number
  /** The burst lets a client that comes back subscribe to all of its channels at once. */
  readonly messagesPerConnection?: Rate
  readonly messagesPerUser?: Rate
  readonly messagesPerTenant?: Rate
  readonly messagesPerAddress?: Rate
  /** Attempts to connect, accepted or not. */
  readonly connectionsPerAddress?: Rate
  /** So many handshakes are taken up in one turn of the event loop, and so many tokens looked at; the others wait for theirs (BP5). */
  readonly handshakesPerTurn?: number
  /** So many may wait for each of the two; who comes after them is refused with `overloaded`. */
  readonly handshakesWaiting?: number
  /** So many messages over its own or its user's rate, less those within it, end a connection with `rate_abuse`. */
  readonly abuseAfter?: number
  readonly policyTimeoutMs?: number
  readonly userLookupTimeoutMs?: number
  readonly handlerTimeoutMs?: number
}

export const limitDefaults = {
  outboundMaxBytes: 1_048_576,
  inboundMaxBytes: 262_144,
  payloadMaxBytes: 131_072,
  subscriptionsPerConnection: 200,
  messagesPerConnection: { perSecond: 50, burst: 400 },
  messagesPerUser: { perSecond: 200, burst: 800 },
  messagesPerTenant: { perSecond: 5_000, burst: 20_000 },
  messagesPerAddress: { perSecond: 2_000, burst: 8_000 },
  connectionsPerAddress: { perSecond: 50, burst: 2_000 },
  handshakesPerTurn: 4,
  handshakesWaiting: 5_000,
  abuseAfter: 500,
  policyTimeoutMs: 5_000,
  userLookupTimeoutMs: 5_000,
  handlerTimeoutMs: 30_000,
} as const satisfies Required<LimitOptions>
