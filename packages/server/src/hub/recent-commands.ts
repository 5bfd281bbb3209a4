import { type Clock, escapeParam } from '@millrace/contract'

// A handshake waits for its turn, its token and its user, each with a time limit of seconds; past so many the oldest are forgotten.
const windowMs = 30_000
const max = 10_000

/** Users whose rights were changed a moment ago: who is let in by what was known before has to be looked up again (AUTH5). */
export class RecentCommands {
  readonly #clock: Clock
  /** Oldest first. */
  readonly #at = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(tenant: string, userId: string): void {
    const key = keyOf(tenant, userId)
    this.#at.delete(key)
    this.#at.set(key, this.#clock.now())
    for (const [oldest, at] of this.#at) {
      if (this.#at.size <= max && this.#isRecent(at)) return
      this.#at.delete(oldest)
    }
  }

  has(tenant: string, userId: string): boolean {
    const at = this.#at.get(keyOf(tenant, userId))
    return at !== undefined && this.#isRecent(at)
  }

  // The clock may have been set back, too.
  #isRecent(at: number): boolean {
    return Math.abs(this.#clock.now() - at) <= windowMs
  }
}

// An escaped tenant holds no "/", so no two people share a key (TEN1).
function keyOf(tenant: string, userId: string): string {
  return `${escapeParam(tenant)}/${userId}`
}
