import type { Clock, Timer } from '@millrace/contract'

export interface CheckWatchOptions {
  readonly clock: Clock
  readonly check: () => Promise<void>
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly stuckMs: number
  /** After each attempt; null for one that succeeded, else why it did not. */
  readonly onOutcome: (failure: string | null) => void
}

type Attempt =
  | { readonly state: 'none' }
  | { readonly state: 'asked'; readonly limit: Timer }
  | { readonly state: 'given-up'; readonly since: number }

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'failed'
  return text.replaceAll(/\s+/g, ' ').slice(0, 200)
}

/**
 * Asks a check again and again, one attempt at a time. One without an answer in time is given up, and says nothing any more;
 * the next waits until it has ended, or for `stuckMs`: an answer that is lost must not end the watch.
 */
export function watchCheck(options: CheckWatchOptions): { close(): void } {
  const { clock, check, intervalMs, timeoutMs, stuckMs, onOutcome } = options
  let attempt: Attempt = { state: 'none' }
  let newest = 0

  function giveUp(): void {
    attempt = { state: 'given-up', since: clock.now() }
    onOutcome(`no answer within ${timeoutMs} ms`)
  }

  function ask(): void {
    if (attempt.state === 'asked' || (attempt.state === 'given-up' && clock.now() < attempt.since + stuckMs)) return
    const mine = ++newest
    attempt = { state: 'asked', limit: clock.after(timeoutMs, giveUp) }
    const end = (failure: string | null): void => {
      if (mine !== newest) return
      const ended = attempt
      attempt = { state: 'none' }
      if (ended.state !== 'asked') return
      ended.limit.cancel()
      onOutcome(failure)
    }
    new Promise<void>((resolve) => resolve(check())).then(
      () => end(null),
      (error: unknown) => end(reasonOf(error)),
    )
  }

  const timer = clock.every(intervalMs, ask)
  ask()
  return {
    close() {
      newest++
      timer.cancel()
      if (attempt.state === 'asked') attempt.limit.cancel()
    },
  }
}
