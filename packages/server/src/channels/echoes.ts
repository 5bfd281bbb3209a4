// Those that have not come back by then were lost on the way.
const max = 10_000

/** Ids that are expected once; of many that never come the oldest are forgotten. */
export class Echoes {
  readonly #ids = new Set<string>()

  add(id: string): void {
    this.#ids.add(id)
    if (this.#ids.size <= max) return
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
  }

  /** True where it was expected; from then on it no more is. */
  delete(id: string): boolean {
    return this.#ids.delete(id)
  }
}
