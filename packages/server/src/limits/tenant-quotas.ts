import type { Clock } from '@millrace/contract'
import type { Quotas } from './options.ts'
import { type Elsewhere, type Exceeded, type QuotaName, TenantAccount, type TenantUsage } from './tenant-account.ts'
import { usageDefaults } from './usage.ts'

export interface TenantQuotasOptions {
  /** May throw: then what was known before counts, and nothing where nothing was. */
  readonly quotasOf: (tenant: string) => Quotas
  readonly clock: Clock
  /** Other nodes take from the same quotas. */
  readonly shared?: boolean
  /** Runs when this turn of the event loop is over. */
  readonly nextTurn: (run: () => void) => void
  readonly onRefused: (quota: QuotaName) => void
  /** The same for the log: at most every ten seconds for each tenant. */
  readonly onUsedUp: (tenant: string, quota: QuotaName) => void
  readonly onFailure: (error: unknown) => void
}

/** What the tenants of a node may still take of it (TEN3). An answer that is not null is a refusal. */
export interface TenantQuotas {
  /** A connection is about to begin: in this turn of the event loop, or it never will. */
  admit(tenant: string): Exceeded | null
  connected(tenant: string): void
  disconnected(tenant: string): void
  /** Whether one more subscription may begin. */
  subscription(tenant: string): Exceeded | null
  subscribed(tenant: string, change: 1 | -1): void
  /** Whether one more publication may pass: asked before anything is done for it. */
  publication(tenant: string): Exceeded | null
  /** One has passed, and `bytes` of it go out. */
  published(tenant: string, bytes: number): void
  /** What others have to know of the tenants here: of those that have most, where they are many. */
  usage(): readonly TenantUsage[]
  /** What a node has told: instead of what it told before. */
  elsewhere(node: string, usage: readonly TenantUsage[]): void
  /** The node is gone, and what it had. */
  gone(node: string): void
  /** Tenants of whom something is remembered. */
  readonly size: number
}

const nothing = (): null => null

/** Where nobody has a quota, nothing is counted. */
export const noQuotas: TenantQuotas = {
  admit: nothing,
  connected: nothing,
  disconnected: nothing,
  subscription: nothing,
  subscribed: nothing,
  publication: nothing,
  published: nothing,
  usage: () => [],
  elsewhere: nothing,
  gone: nothing,
  size: 0,
}

const askAgainMs = 10_000
const sweepEveryMs = 10_000

const tellAgainMs = 10_000

interface Entry {
  readonly tenant: string
  readonly account: TenantAccount
  askedAt: number
  toldAt: number
}

export function createTenantQuotas(options: TenantQuotasOptions): TenantQuotas {
  const { quotasOf, clock, nextTurn, onRefused, onUsedUp, onFailure, shared = false } = options
  const startedAt = clock.now()
  const entries = new Map<string, Entry>()
  const admitting = new Set<TenantAccount>()
  /** By node and tenant. */
  const others = new Map<string, ReadonlyMap<string, Elsewhere>>()
  let sweptAt = 0

  // Tenants come and go: those of whom there is nothing to remember leave when others come.
  function sweep(now: number): void {
    if (Math.abs(now - sweptAt) < sweepEveryMs) return
    sweptAt = now
    for (const [tenant, { account }] of entries) if (account.isIdle(now)) entries.delete(tenant)
  }

  function ask(entry: Entry, now: number): void {
    entry.askedAt = now
    try {
      entry.account.quotas = quotasOf(entry.tenant)
    } catch (error) {
      onFailure(error)
    }
  }

  function entryOf(tenant: string, now: number): Entry {
    let entry = entries.get(tenant)
    if (entry === undefined) {
      sweep(now)
      entry = { tenant, account: new TenantAccount(shared), askedAt: Number.NEGATIVE_INFINITY, toldAt: Number.NEGATIVE_INFINITY }
      entries.set(tenant, entry)
    }
    if (Math.abs(now - entry.askedAt) >= askAgainMs) ask(entry, now)
    return entry
  }
  const now = (): number => clock.now() - startedAt
  const accountOf = (tenant: string): TenantAccount => entryOf(tenant, now()).account

  /** Null where `decide` finds room. */
  function asked(tenant: string, decide: (account: TenantAccount, now: number, elsewhere: Elsewhere) => Exceeded | null): Exceeded | null {
    const at = now()
    const entry = entryOf(tenant, at)
    const exceeded = decide(entry.account, at, elsewhereOf(tenant))
    if (exceeded === null) return null
    onRefused(exceeded.quota)
    if (Math.abs(at - entry.toldAt) >= tellAgainMs) {
      entry.toldAt = at
      onUsedUp(tenant, exceeded.quota)
    }
    return exceeded
  }
  function elsewhereOf(tenant: string): Elsewhere {
    let [connections, subscriptions] = [0, 0]
    for (const tenants of others.values()) {
      const there = tenants.get(tenant)
      connections += there?.connections ?? 0
      subscriptions += there?.subscriptions ?? 0
    }
    return { connections, subscriptions }
  }
  const connection = (account: TenantAccount, _now: number, elsewhere: Elsewhere): Exceeded | null => account.connection(elsewhere)
  const subscription = (account: TenantAccount, _now: number, elsewhere: Elsewhere): Exceeded | null => account.subscription(elsewhere)
  const publication = (account: TenantAccount, now: number): Exceeded | null => account.publication(now)

  const turnIsOver = (): void => {
    for (const account of admitting) account.admitted = 0
    admitting.clear()
  }

  return {
    admit(tenant) {
      const exceeded = asked(tenant, connection)
      if (exceeded !== null) return exceeded
      const account = accountOf(tenant)
      if (admitting.size === 0) nextTurn(turnIsOver)
      admitting.add(account)
      account.admitted++
      return null
    },
    connected(tenant) {
      const account = accountOf(tenant)
      account.connections++
      if (account.admitted > 0) account.admitted--
    },
    disconnected(tenant) {
      accountOf(tenant).connections--
    },
    subscription: (tenant) => asked(tenant, subscription),
    subscribed(tenant, change) {
      accountOf(tenant).subscriptions += change
    },
    publication: (tenant) => asked(tenant, publication),
    published(tenant, bytes) {
      const at = now()
      entryOf(tenant, at).account.published(at, bytes)
    },
    usage() {
      const usage = [...entries.values()].flatMap(({ tenant, account }) => account.usage(tenant) ?? [])
      if (usage.length <= usageDefaults.maxTold) return usage
      const weight = ({ connections, subscriptions, publications }: TenantUsage): number => connections + subscriptions + publications
      return usage.sort((a, b) => weight(b) - weight(a)).slice(0, usageDefaults.maxTold)
    },
    elsewhere(node, usage) {
      others.set(node, new Map(usage.map((of) => [of.tenant, of])))
      const at = now()
      for (const { tenant, publications, bytes } of usage)
        if (publications + bytes > 0) entryOf(tenant, at).account.charge(at, publications, bytes)
    },
    gone: (node) => void others.delete(node),
    get size() {
      return entries.size
    },
  }
}
