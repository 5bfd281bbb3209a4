import type { MillraceError } from '@millrace/contract'
import type { Quotas, Rate } from './options.ts'
import { debtMsOf } from './rate-limiter.ts'
import { refusal } from './refusal.ts'
import { TokenBucket } from './token-bucket.ts'

export type QuotaName = keyof Quotas

/** A quota that is used up. */
export type Exceeded =
  | { readonly quota: 'connections' | 'subscriptions'; readonly limit: number }
  | { readonly quota: 'publications' | 'bytes'; readonly retryAfterMs: number }

/** What the client or the application is told of it. */
export function quotaError(exceeded: Exceeded): MillraceError {
  if ('limit' in exceeded)
    return refusal('quota_exceeded', `the tenant has ${exceeded.limit} ${exceeded.quota}, which is its quota`, exceeded)
  return refusal('rate_limited', `the tenant's quota of ${exceeded.quota} is used up`, exceeded)
}

// What a publication costs is known when it has been let pass: a large one to many subscribers may leave a debt, and nobody waits longer for it.
const debtMs = 60_000

interface Meter {
  readonly bucket: TokenBucket
  fullAt: number
}

function meter(rate: Rate | undefined, before: Meter | null, debtMs: number): Meter | null {
  if (rate === undefined) return null
  return { bucket: new TokenBucket(rate, debtMs), fullAt: before?.fullAt ?? 0 }
}

function waitMs(meter: Meter, now: number): number {
  meter.fullAt = meter.bucket.settled(meter.fullAt, now)
  return meter.bucket.waitMs(meter.fullAt, now)
}

function spend(meter: Meter | null, now: number, tokens: number): void {
  if (meter !== null) meter.fullAt = meter.bucket.spend(meter.fullAt, now, tokens)
}

/** What a node tells the others of a tenant: how many it has, and what it took since it last told. */
export interface TenantUsage {
  readonly tenant: string
  readonly connections: number
  readonly subscriptions: number
  readonly publications: number
  readonly bytes: number
}

/** What other nodes have of a tenant. */
export type Elsewhere = Pick<TenantUsage, 'connections' | 'subscriptions'>

const nowhere: Elsewhere = { connections: 0, subscriptions: 0 }

/** What one tenant takes of this node. Moments are in milliseconds from any start, the same for all. */
export class TenantAccount {
  connections = 0
  /** Admitted, and not begun yet. */
  admitted = 0
  subscriptions = 0
  #quotas: Quotas = {}
  #publications: Meter | null = null
  #bytes: Meter | null = null
  readonly #shared: boolean
  /** Since it was last told. */
  #taken = { publications: 0, bytes: 0 }

  /** `shared`: other nodes take from the same quotas. */
  constructor(shared: boolean) {
    this.#shared = shared
  }

  /** From now on these count; what was taken stays taken. */
  set quotas(quotas: Quotas) {
    this.#quotas = quotas
    const { publications, bytes } = quotas
    this.#publications = meter(publications, this.#publications, this.#shared && publications !== undefined ? debtMsOf(publications) : 0)
    this.#bytes = meter(bytes, this.#bytes, debtMs)
  }

  /** Null where one more connection may begin. */
  connection(elsewhere: Elsewhere = nowhere): Exceeded | null {
    const { connections: limit = Number.POSITIVE_INFINITY } = this.#quotas
    return elsewhere.connections + this.connections + this.admitted < limit ? null : { quota: 'connections', limit }
  }

  /** Null where one more subscription may begin. */
  subscription(elsewhere: Elsewhere = nowhere): Exceeded | null {
    const { subscriptions: limit = Number.POSITIVE_INFINITY } = this.#quotas
    return elsewhere.subscriptions + this.subscriptions < limit ? null : { quota: 'subscriptions', limit }
  }

  /** Null where one more publication may pass. */
  publication(now: number): Exceeded | null {
    const publications = this.#publications === null ? 0 : waitMs(this.#publications, now)
    const bytes = this.#bytes === null ? 0 : waitMs(this.#bytes, now)
    if (publications === 0 && bytes === 0) return null
    return { quota: publications > 0 ? 'publications' : 'bytes', retryAfterMs: Math.max(publications, bytes) }
  }

  /** A publication that has passed. */
  published(now: number, bytes: number): void {
    this.charge(now, 1, bytes)
    this.#taken.publications += 1
    this.#taken.bytes += bytes
  }

  /** The same on other nodes. */
  charge(now: number, publications: number, bytes: number): void {
    spend(this.#publications, now, publications)
    spend(this.#bytes, now, bytes)
  }

  /** What others have to know, since they were last told; null where there is no quota, or nothing to say. */
  usage(tenant: string): TenantUsage | null {
    const { publications, bytes } = this.#taken
    this.#taken = { publications: 0, bytes: 0 }
    const { connections, subscriptions } = this
    const hasQuota = Object.values(this.#quotas).some((quota) => quota !== undefined)
    if (!hasQuota || connections + subscriptions + publications + bytes === 0) return null
    return { tenant, connections, subscriptions, publications, bytes }
  }

  /** There is nothing to remember. */
  isIdle(now: number): boolean {
    const isFull = (meter: Meter | null): boolean => meter === null || meter.fullAt <= now
    return this.connections + this.admitted + this.subscriptions === 0 && isFull(this.#publications) && isFull(this.#bytes)
  }
}
