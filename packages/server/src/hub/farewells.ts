/** A part of a drain: so many are told to come back, so many milliseconds after it began. */
export interface Farewell {
  readonly atMs: number
  readonly count: number
}

export const farewellDefaults = {
  /** What the other nodes are asked to take, at most, as long as the time limit allows: about what one node admits. */
  perSecond: 1_000,
  everyMs: 50,
  /** Of the time limit: the rest is for those who are told last. */
  share: 0.7,
} as const

/**
 * When the connections of a draining node are told to come back. All at once they would be a storm for the other nodes, and each of them
 * would wait in its queue; told one after the other they are served here until it is their turn.
 */
export function farewells(connections: number, timeoutMs: number): readonly Farewell[] {
  const { perSecond, everyMs, share } = farewellDefaults
  const spreadMs = Math.min((connections / perSecond) * 1_000, timeoutMs * share)
  const steps = Math.max(1, Math.floor(spreadMs / everyMs))
  const told = (step: number): number => Math.round((connections * step) / steps)
  return Array.from({ length: steps }, (_, step) => ({ atMs: step * everyMs, count: told(step + 1) - told(step) }))
}
