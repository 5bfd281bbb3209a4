/** Chance that repeats itself: the same seed gives the same history. Algorithm: mulberry32, by Tommy Ettinger. */
export interface Chance {
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number
  pick<const T>(from: readonly [T, ...T[]]): T
}

export function seededChance(seed: number): Chance {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  return {
    between,
    pick: (from) => from[between(0, from.length - 1)] ?? from[0],
  }
}
