import type { Clock } from '@millrace/contract'
import type { LeaseStore } from './port.ts'

/** Leases among those who share this process's memory. */
export function memoryLeases(clock: Clock): LeaseStore {
  const leases = new Map<string, { readonly holder: string; readonly until: number }>()
  return {
    async acquire(name, holder, ttlMs) {
      const now = clock.now()
      const held = leases.get(name)
      if (held !== undefined && held.holder !== holder && held.until > now) return false
      leases.set(name, { holder, until: now + ttlMs })
      return true
    },
    async release(name, holder) {
      if (leases.get(name)?.holder === holder) leases.delete(name)
    },
  }
}
