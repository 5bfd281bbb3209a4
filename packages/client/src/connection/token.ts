/** `refresh` and `expired` ask for a newly issued token, not a cached one. */
export type TokenReason = 'connect' | 'refresh' | 'expired'

export interface TokenRequest {
  readonly reason: TokenReason
}

/** Answers the token to connect with; null to connect as a guest. */
export type TokenProvider = (request: TokenRequest) => string | null | Promise<string | null>

const dayMs = 86_400_000

/**
 * When to ask for the next token, in ms from `now`: after 80 % of what is left, at least 30 s before the end where there is
 * that much, and a little earlier by chance so that clients don't come all at once.
 */
export function refreshDelayMs(now: number, expiresAt: number, random: number): number {
  const left = expiresAt - now
  const margin = Math.max(left * 0.2, Math.min(30_000, left * 0.5))
  return Math.min(dayMs, Math.max(1_000, Math.round((left - margin) * (1 - random * 0.1))))
}
