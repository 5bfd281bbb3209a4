import type { Clock } from '@millrace/contract'
import { Problem } from '../problem.ts'

const windowMs = 5 * 60_000
const attemptsPerWindow = 10
const maxRemembered = 10_000

export interface LoginGuard {
  /** Counts an attempt from the start, so that many at once do not pass; throws `rate_limited` past the limit. */
  begin(address: string, email: string): { succeeded(): void }
}

/** Slows down the guessing of passwords: so many failed sign-ins per address and email within five minutes. */
export function createLoginGuard(clock: Clock): LoginGuard {
  const attempts = new Map<string, { count: number; readonly since: number }>()

  return {
    begin(address, email) {
      const key = JSON.stringify([address, email])
      const now = clock.now()
      const known = attempts.get(key)
      const entry = known === undefined || now - known.since >= windowMs ? { count: 0, since: now } : known
      if (entry.count >= attemptsPerWindow) {
        const retryAfterMs = entry.since + windowMs - now
        throw new Problem('rate_limited', 'Too many failed sign-ins: wait a few minutes', { retryAfterMs })
      }
      entry.count += 1
      // Moved to the end: what is forgotten at the bound is what was not used for the longest time.
      attempts.delete(key)
      attempts.set(key, entry)
      const oldest = attempts.keys().next()
      if (attempts.size > maxRemembered && oldest.done !== true) attempts.delete(oldest.value)
      return { succeeded: () => void attempts.delete(key) }
    },
  }
}
