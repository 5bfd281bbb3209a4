import { encodeEnvelopes } from '../broker/envelope-codec.ts'
import type { Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'

export interface OutgoingLimits {
  /** Envelopes that wait for Redis' answer. */
  readonly maxWaiting: number
  /** The same in characters of their data. */
  readonly maxWaitingBytes: number
}

/** Envelopes of one channel that travel as one message. */
export interface Batch {
  readonly channel: ChannelKey
  readonly text: string
  readonly size: number
  readonly settle: readonly ((refusal: Error | null) => void)[]
}

interface Gathering {
  readonly envelopes: Envelope[]
  readonly settle: ((refusal: Error | null) => void)[]
  size: number
}

/** A message is not to be much larger than this: a server has bounds, and a reader others to serve. */
const batchMaxSize = 262_144

/** Gathers what is published in a turn: one message per channel. What waits is bounded. */
export class Outgoing {
  readonly #limits: OutgoingLimits
  #full: Batch[] = []
  readonly #gathering = new Map<ChannelKey, Gathering>()
  #waiting = 0
  #waitingSize = 0

  constructor(limits: OutgoingLimits) {
    this.#limits = limits
  }

  /** False where there is no room: `settle` is not called then. */
  add(envelope: Envelope, settle: (refusal: Error | null) => void): boolean {
    const { channel, json } = envelope
    if (this.#waiting >= this.#limits.maxWaiting || this.#waitingSize + json.length > this.#limits.maxWaitingBytes) return false
    this.#waiting += 1
    this.#waitingSize += json.length
    const before = this.#gathering.get(channel)
    if (before !== undefined && before.size + json.length > batchMaxSize) this.#close(channel, before)
    let batch = this.#gathering.get(channel)
    if (batch === undefined) {
      batch = { envelopes: [], settle: [], size: 0 }
      this.#gathering.set(channel, batch)
    }
    batch.envelopes.push(envelope)
    batch.settle.push(settle)
    batch.size += json.length
    return true
  }

  /** What was gathered, per channel in the order of the calls. Each has to be settled. */
  take(): readonly Batch[] {
    for (const [channel, gathering] of this.#gathering) this.#close(channel, gathering)
    const batches = this.#full
    this.#full = []
    return batches
  }

  settle({ settle, size }: Batch, refusal: Error | null): void {
    this.#waiting -= settle.length
    this.#waitingSize -= size
    for (const each of settle) each(refusal)
  }

  #close(channel: ChannelKey, { envelopes, settle, size }: Gathering): void {
    this.#gathering.delete(channel)
    this.#full.push({ channel, text: encodeEnvelopes(envelopes), size, settle })
  }
}
