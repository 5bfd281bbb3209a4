export interface BackoffOptions {
  readonly minMs: number
  readonly maxMs: number
}

/** How long the client waits between attempts (CLI1). */
export const backoffDefaults = { minMs: 1_000, maxMs: 30_000 } satisfies BackoffOptions

/**
 * The wait before attempt `attempt` (from 1): exponential with full jitter, never under `minMs`.
 * After "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, random: number, { minMs, maxMs }: BackoffOptions = backoffDefaults): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30))
  return Math.round(minMs + random * (ceiling - minMs))
}
