export const backoff = { firstMs: 100, longestMs: 2_000 } as const

/** How long to wait before attempt number `attempt`, from 0: twice as long each time, half of it by chance, so that nodes do not come together. */
export function backoffMs(attempt: number, random: () => number): number {
  const full = Math.min(backoff.longestMs, backoff.firstMs * 2 ** attempt)
  return full * (0.5 + random() / 2)
}
