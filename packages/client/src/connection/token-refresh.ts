import type { Clock, Timer } from '@millrace/contract'
import type { WelcomeMessage } from '@millrace/contract/wire'
import type { Report } from '../report.ts'
import { backoffMs } from './backoff.ts'
import { refreshDelayMs } from './token.ts'

export interface TokenRefreshOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly report: Report
  fetchToken(): Promise<string | null>
  /** Sends the token in band; answers `{ expiresAt }`. */
  send(token: string): Promise<unknown>
  onRefreshed(): void
}

export interface TokenRefresh {
  /** The connection is live: refreshes before the token's end, by the server's clock. */
  start(welcome: Pick<WelcomeMessage, 'time' | 'expiresAt'>): void
  now(): void
  stop(): void
}

function expiryOf(reply: unknown): number | null {
  const expiresAt = typeof reply === 'object' && reply !== null && 'expiresAt' in reply ? reply.expiresAt : null
  return typeof expiresAt === 'number' ? expiresAt : null
}

/** Keeps an open connection's token fresh. What fails is tried again; past the token's end the server hangs up and the connection is made anew. */
export function createTokenRefresh({ clock, random, report, fetchToken, send, onRefreshed }: TokenRefreshOptions): TokenRefresh {
  let timer: Timer | null = null
  /** Names the connection that is being served; 0 for none. */
  let serving = 0
  let starts = 0
  let busy = 0
  let serverAhead = 0

  function schedule(expiresAt: number | null): void {
    timer?.cancel()
    if (expiresAt === null) return
    timer = clock.after(refreshDelayMs(clock.now() + serverAhead, expiresAt, random()), () => void run(1))
  }

  async function run(attempt: number): Promise<void> {
    const mine = serving
    if (mine === 0 || busy === mine) return
    busy = mine
    timer?.cancel()
    try {
      const token = await fetchToken()
      if (serving !== mine || token === null) return
      const reply = await send(token)
      if (serving !== mine) return
      schedule(expiryOf(reply))
      onRefreshed()
    } catch (error) {
      if (serving !== mine) return
      report(error, { during: 'token' })
      timer = clock.after(backoffMs(attempt, random()), () => void run(attempt + 1))
    } finally {
      if (busy === mine) busy = 0
    }
  }

  return {
    start({ time, expiresAt }) {
      serving = ++starts
      serverAhead = typeof time === 'number' ? time - clock.now() : 0
      schedule(expiresAt)
    },
    now: () => void run(1),
    stop() {
      serving = 0
      timer?.cancel()
    },
  }
}
