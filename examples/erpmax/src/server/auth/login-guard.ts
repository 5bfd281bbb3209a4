import type { Clock } from '@millrace/contract'
import { Problem } from '../problem.ts'

const windowMs = 5 * 60_000
const failuresPerWindow = 10
const maxRemembered = 10_000

/** Slows down the guessing of passwords: so many failed sign-ins per address and email within five minutes. */
export interface LoginGuard {
  /**
   * Throws `rate_limited` past the limit. Asked before the password is looked at, and again before the answer: of many guesses
   * that are under way at once, no more than the limit learn whether they were right.
   */
  check(address: string, email: string): void
  failed(address: string, email: string): void
  succeeded(address: string, email: string): void
}

export function createLoginGuard(clock: Clock): LoginGuard {
  const failures = new Map<string, { readonly count: number; readonly since: number }>()
  const keyOf = (address: string, email: string) => JSON.stringify([address, email])

  function recent(key: string): { readonly count: number; readonly since: number } {
    const known = failures.get(key)
    return known === undefined || clock.now() - known.since >= windowMs ? { count: 0, since: clock.now() } : known
  }

  return {
    check(address, email) {
      const { count, since } = recent(keyOf(address, email))
      if (count < failuresPerWindow) return
      const retryAfterMs = since + windowMs - clock.now()
      throw new Problem('rate_limited', 'Too many failed sign-ins: wait a few minutes', { retryAfterMs })
    },
    failed(address, email) {
      const key = keyOf(address, email)
      const { count, since } = recent(key)
      // Moved to the end: what is forgotten at the bound is what has failed the longest time ago.
      failures.delete(key)
      failures.set(key, { count: count + 1, since })
      const oldest = failures.keys().next()
      if (failures.size > maxRemembered && oldest.done !== true) failures.delete(oldest.value)
    },
    succeeded(address, email) {
      failures.delete(keyOf(address, email))
    },
  }
}
