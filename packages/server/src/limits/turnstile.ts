/** Called when its turn has come; answers false where whoever waited has gone, which takes up no place. Does not throw. */
export type Visitor = () => boolean

export interface TurnstileOptions {
  /** So many pass in one turn of the event loop. */
  readonly perTurn: number
  /** So many may wait; who comes after them is sent away. */
  readonly maxWaiting: number
  /** Runs when this turn of the event loop is over. */
  readonly nextTurn: (run: () => void) => void
}

interface Place {
  readonly visitor: Visitor
  next: Place | null
}

/**
 * Lets work in by turns of the event loop, in the order in which it came. An idle machine's turns are short, and nobody waits; under load they
 * are long, and what is already there gets its time between them.
 */
export class Turnstile {
  readonly #options: TurnstileOptions
  #left: number
  #turning = false
  #first: Place | null = null
  #last: Place | null = null
  #waiting = 0

  constructor(options: TurnstileOptions) {
    this.#options = options
    this.#left = options.perTurn
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Lets the visitor pass, now or in its turn. False: too many wait already, and it will not be called. */
  enter(visitor: Visitor): boolean {
    if (this.#first === null && this.#left > 0) {
      this.#turn()
      this.#pass(visitor)
      return true
    }
    if (this.#waiting >= this.#options.maxWaiting) return false
    const place: Place = { visitor, next: null }
    if (this.#last === null) this.#first = place
    else this.#last.next = place
    this.#last = place
    this.#waiting++
    return true
  }

  /** This turn will end. */
  #turn(): void {
    if (this.#turning) return
    this.#turning = true
    this.#options.nextTurn(this.#next)
  }

  readonly #next = (): void => {
    this.#turning = false
    this.#left = this.#options.perTurn
    if (this.#first === null) return
    this.#turn()
    while (this.#left > 0 && this.#first !== null) this.#pass(this.#shift(this.#first))
  }

  #pass(visitor: Visitor): void {
    this.#left--
    if (!visitor()) this.#left++
  }

  #shift(place: Place): Visitor {
    this.#first = place.next
    if (place.next === null) this.#last = null
    this.#waiting--
    return place.visitor
  }
}
