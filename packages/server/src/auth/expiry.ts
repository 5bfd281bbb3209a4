import type { Clock, Timer } from '@millrace/contract'

export interface ExpiryOptions {
  readonly clock: Clock
  /** The connection's token has expired. Called once; it is tracked no more. Must not throw. */
  readonly onExpired: (connectionId: string) => void
}

/** Looks this often: an expiry is noticed within one second, of the two that AUTH4 allows. */
const intervalMs = 1_000

/** Notices that tokens of open connections expire (AUTH4), with one timer for all of them. */
export interface Expiry {
  /** From now on, or after a refresh: the connection's rights end at `expiresAt` (ms since 1970); null for never. */
  track(connectionId: string, expiresAt: number | null): void
  untrack(connectionId: string): void
  /** Connections whose rights will end. */
  readonly size: number
  close(): void
}

export function createExpiry({ clock, onExpired }: ExpiryOptions): Expiry {
  const expiries = new Map<string, number>()
  let timer: Timer | null = null
  /** Nothing expires before this; lets most turns of the timer look at nothing. */
  let earliest = Infinity

  function stopWhenIdle(): void {
    if (expiries.size > 0) return
    timer?.cancel()
    timer = null
    earliest = Infinity
  }

  function look(): void {
    const now = clock.now()
    if (now < earliest) return
    const due: string[] = []
    earliest = Infinity
    for (const [connectionId, expiresAt] of expiries) {
      if (now < expiresAt) earliest = Math.min(earliest, expiresAt)
      else due.push(connectionId)
    }
    for (const connectionId of due) expiries.delete(connectionId)
    stopWhenIdle()
    for (const connectionId of due) onExpired(connectionId)
  }

  function untrack(connectionId: string): void {
    expiries.delete(connectionId)
    stopWhenIdle()
  }

  return {
    track(connectionId, expiresAt) {
      if (expiresAt === null) return untrack(connectionId)
      expiries.set(connectionId, expiresAt)
      earliest = Math.min(earliest, expiresAt)
      timer ??= clock.every(intervalMs, look)
    },
    untrack,
    get size() {
      return expiries.size
    },
    close() {
      expiries.clear()
      stopWhenIdle()
    },
  }
}
