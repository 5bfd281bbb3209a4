import type { Clock } from '@millrace/contract'
import { createRateLimiter } from './rate-limiter.ts'
import type { Limits } from './resolve-limits.ts'
import type { KeyUsage } from './usage.ts'

export interface Sender {
  readonly connectionId: string
  readonly tenant: string
  readonly userId: string
  readonly address: string
}

export type LimitedBy = 'connection' | 'user' | 'tenant' | 'address'

export type InboundVerdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'rate_limited'; readonly by: LimitedBy; readonly retryAfterMs: number }
  | { readonly kind: 'abuse' }

export type InboundRates = Pick<
  Limits,
  'messagesPerConnection' | 'messagesPerUser' | 'messagesPerTenant' | 'messagesPerAddress' | 'abuseAfter'
>

/** What was taken of the rates that nodes share. Users, as the limits know them. */
export interface InboundUsage {
  readonly users: readonly KeyUsage[]
  readonly tenants: readonly KeyUsage[]
  readonly addresses: readonly KeyUsage[]
}

/** The messages that a node accepts from its clients (BP3). */
export interface InboundLimits {
  /** One message: every limit lets it pass and counts it, or it is refused and counts for none. */
  take(sender: Sender): InboundVerdict
  disconnected(connectionId: string): void
  /** What was taken here since it was last asked: nothing where the rates are not shared. */
  usage(sinceMs: number): InboundUsage
  /** Takes what another node took. */
  charge(usage: InboundUsage): void
}

const ok: InboundVerdict = { kind: 'ok' }

/** `shared`: other nodes take from the rates of users, tenants and addresses, too. */
export function createInboundLimits(rates: InboundRates, clock: Clock, shared = false): InboundLimits {
  const connections = createRateLimiter({ clock, rate: rates.messagesPerConnection })
  const users = createRateLimiter({ clock, rate: rates.messagesPerUser, shared })
  const tenants = createRateLimiter({ clock, rate: rates.messagesPerTenant, shared })
  const addresses = createRateLimiter({ clock, rate: rates.messagesPerAddress, shared })
  /** By connection: refused messages less accepted ones; nothing for those that behave. */
  const faults = new Map<string, number>()

  function judge(connectionId: string, refusedBy: LimitedBy | null): number {
    const before = faults.get(connectionId) ?? 0
    // A tenant's or an address's limit may be used up by others: no fault of this connection.
    const change = refusedBy === null ? -1 : refusedBy === 'connection' || refusedBy === 'user' ? 1 : 0
    const after = Math.max(0, before + change)
    if (after > 0) faults.set(connectionId, after)
    else if (before > 0) faults.delete(connectionId)
    return after
  }

  return {
    take({ connectionId, tenant, userId, address }) {
      // The length keeps tenant and user apart, whatever characters they hold (TEN1).
      const user = `${tenant.length}/${tenant}/${userId}`
      const waits: readonly [LimitedBy, number][] = [
        ['connection', connections.waitMs(connectionId)],
        ['user', users.waitMs(user)],
        ['tenant', tenants.waitMs(tenant)],
        ['address', addresses.waitMs(address)],
      ]
      const retryAfterMs = Math.max(...waits.map(([, waitMs]) => waitMs))
      const [by] = waits.find(([, waitMs]) => waitMs > 0) ?? [null]
      if (judge(connectionId, by) >= rates.abuseAfter) return { kind: 'abuse' }
      if (by !== null) return { kind: 'rate_limited', by, retryAfterMs }
      connections.spend(connectionId)
      users.spend(user)
      tenants.spend(tenant)
      addresses.spend(address)
      return ok
    },

    disconnected(connectionId) {
      faults.delete(connectionId)
    },

    usage: (sinceMs) => ({ users: users.usage(sinceMs), tenants: tenants.usage(sinceMs), addresses: addresses.usage(sinceMs) }),

    charge(usage) {
      for (const [key, tokens] of usage.users) users.charge(key, tokens)
      for (const [key, tokens] of usage.tenants) tenants.charge(key, tokens)
      for (const [key, tokens] of usage.addresses) addresses.charge(key, tokens)
    },
  }
}
