/** What to do at a tick: `beat` sends a message to oneself, `lost` gives the connections up. */
export type PulseAction =
  | { readonly do: 'beat' }
  | { readonly do: 'wait' }
  | { readonly do: 'lost'; readonly side: 'publishing' | 'subscribing' }

/**
 * Whether two connections live, by a message that goes out on one and comes in on the other. Counted in ticks, not in time: a process that was
 * stopped, or was busy, has heard nothing either. Whatever comes in is a sign of life: a slow reader is not a dead one.
 */
export class Pulse {
  readonly #ticks: number
  #answer = false
  #arrival = false
  #publishing = 0
  #subscribing = 0

  /** Silent for more than so many ticks is dead. */
  constructor(ticks: number) {
    this.#ticks = ticks
  }

  tick(): PulseAction {
    if (this.#answer) return ++this.#publishing > this.#ticks ? { do: 'lost', side: 'publishing' } : { do: 'wait' }
    // Only what the server has taken can arrive.
    if (this.#arrival) return ++this.#subscribing > this.#ticks ? { do: 'lost', side: 'subscribing' } : { do: 'wait' }
    this.#answer = true
    this.#arrival = true
    this.#publishing = 0
    this.#subscribing = 0
    return { do: 'beat' }
  }

  /** The server has taken the beat. */
  taken(): void {
    this.#answer = false
  }
  /** The beat has come back. */
  returned(): void {
    this.#arrival = false
  }
  heardPublishing(): void {
    this.#publishing = 0
  }
  heardSubscribing(): void {
    this.#subscribing = 0
  }
}
