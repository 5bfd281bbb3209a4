/** How much of a rate's tokens a key has taken. */
export type KeyUsage = readonly [key: string, tokens: number]

export const usageDefaults = {
  /** So many keys are told of at once: those that used most. */
  maxTold: 1_000,
  /** So many are counted between two tellings; who comes after them is not. */
  maxCounted: 50_000,
  /** What is less than this share of the rate is not worth telling. */
  share: 0.1,
} as const

/** What has been used since it was last told. */
export class UsageCount {
  readonly #tokens = new Map<string, number>()

  add(key: string, tokens: number): void {
    const before = this.#tokens.get(key)
    if (before !== undefined || this.#tokens.size < usageDefaults.maxCounted) this.#tokens.set(key, (before ?? 0) + tokens)
  }

  /** Those that used at least so much, and begins anew. */
  take(atLeast: number): readonly KeyUsage[] {
    const used = [...this.#tokens].filter(([, tokens]) => tokens >= atLeast)
    this.#tokens.clear()
    return used.length <= usageDefaults.maxTold ? used : used.sort(([, a], [, b]) => b - a).slice(0, usageDefaults.maxTold)
  }
}
