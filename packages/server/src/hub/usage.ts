import type { Clock } from '@millrace/contract'
import type { Cargo } from '../cluster/membership.ts'
import type { PeerEvents } from '../cluster/port.ts'
import type { InboundLimits, InboundUsage } from '../limits/inbound.ts'
import type { TenantUsage } from '../limits/tenant-account.ts'
import type { TenantQuotas } from '../limits/tenant-quotas.ts'

export interface UsageOptions {
  readonly inbound: InboundLimits
  readonly quotas: TenantQuotas
  readonly clock: Clock
}

interface Usage {
  readonly inbound: InboundUsage
  readonly tenants: readonly TenantUsage[]
}

/** Nodes tell each other what was taken of the limits that hold for all of them together: each is out by what was taken since the last beat (BP3, TEN3). */
export function createUsage({ inbound, quotas, clock }: UsageOptions): Cargo & { readonly peerEvents: PeerEvents } {
  let givenAt = clock.now()
  return {
    give(): Usage {
      const now = clock.now()
      const sinceMs = Math.max(0, now - givenAt)
      givenAt = now
      return { inbound: inbound.usage(sinceMs), tenants: quotas.usage() }
    },
    take(from, cargo) {
      // Holds: only nodes beat, and they carry this.
      const usage = cargo as Usage
      inbound.charge(usage.inbound)
      quotas.elsewhere(from, usage.tenants)
    },
    peerEvents: { onGone: (node) => quotas.gone(node) },
  }
}
