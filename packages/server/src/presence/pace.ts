import type { Clock, Timer } from '@millrace/contract'

/** Runs at once when it is wanted, and then not again for `everyMs`: what is wanted meanwhile waits, and runs once. */
export class Pace {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #run: () => boolean
  #timer: Timer | null = null
  #wanted = false

  /** `run` answers whether it did anything: nothing is no reason to wait. */
  constructor(clock: Clock, everyMs: number, run: () => boolean) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#run = run
  }

  want(): void {
    if (this.#timer !== null) {
      this.#wanted = true
      return
    }
    if (!this.#run()) return
    this.#timer = this.#clock.after(this.#everyMs, () => {
      this.#timer = null
      if (!this.#wanted) return
      this.#wanted = false
      this.want()
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#wanted = false
  }
}
