/** Chance that can be repeated: the same seed gives the same numbers. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  pick<T>(list: readonly [T, ...T[]]): T
  pick<T>(list: readonly T[]): T
  chance(probability: number): boolean
  /** Independent of how much of this one is used afterwards. */
  fork(): Random
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to choose faults. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  function pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('pick from an empty list')
    // Holds: the index is within the list.
    return list[int(0, list.length - 1)] as T
  }
  return { next, int, pick, chance: (probability) => next() < probability, fork: () => seededRandom(int(0, 0xffff_ffff)) }
}
