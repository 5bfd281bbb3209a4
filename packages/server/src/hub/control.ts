import type { ChannelName, Clock } from '@millrace/contract'
import type { Broker, Envelope } from '../broker/port.ts'
import { channelKey } from '../channel-key.ts'
import type { FeedTarget } from '../channels/feed.ts'
import type { PublicationLog } from '../log/port.ts'

/** What every node is to do (AUTH5). */
export type Command =
  | { readonly kind: 'revoke'; readonly tenant: string; readonly userId: string; readonly sessionId?: string }
  | { readonly kind: 'reauthorize'; readonly tenant: string; readonly userId: string }

export interface ControlOptions {
  readonly log: Pick<PublicationLog, 'append'>
  readonly broker: Pick<Broker, 'lossless' | 'publish'>
  readonly clock: Clock
  readonly newId: () => string
  /** Follows the channel; rejects where it cannot now. */
  readonly follow: (target: FeedTarget) => Promise<void>
  /** Does it on this node. Must not reject. */
  readonly run: (command: Command) => Promise<void>
  /** Commands may have been missed for good: whoever is connected has to prove anew that they may be. */
  readonly onMissed: () => void
  readonly onFailure: (error: unknown) => void
}

/** Durable, so that a node which has missed a message finds it in the log (see `Audit`). */
export const controlKey = channelKey('$cluster', '$control' as ChannelName)
/** A node that was away for longer sends everybody away. */
export const controlRetention = { maxAgeMs: 3_600_000, maxCount: 100_000 } as const

const retryMs = 1_000
const event = 'command'

/** Carries commands to every node, this one included. */
export class Control {
  readonly #options: ControlOptions
  readonly #mine = new Set<string>()
  #closed = false

  constructor(options: ControlOptions) {
    this.#options = options
    if (!options.broker.lossless) void this.#follow(false)
  }

  /** Resolves when it is done here, and stored for the others. Rejects with `unavailable` where it could not be stored; then it is done here alone. */
  async send(command: Command): Promise<void> {
    const { log, broker, clock, newId, run, onFailure } = this.#options
    await run(command)
    const stored = { event, json: JSON.stringify(command), id: newId(), time: clock.now() }
    if (broker.lossless) return
    this.#mine.add(stored.id)
    try {
      const { position } = await log.append(controlKey, stored)
      broker.publish({ ...stored, channel: controlKey, delivery: 'durable', position }).catch(onFailure)
    } catch (error) {
      this.#mine.delete(stored.id)
      throw error
    }
  }

  close(): void {
    this.#closed = true
  }

  async #follow(again: boolean): Promise<void> {
    const { clock, follow, onFailure } = this.#options
    try {
      await follow({ deliver: (envelope) => this.#deliver(envelope), newEpoch: () => this.#missed() })
      if (again) this.#missed()
    } catch (error) {
      if (this.#closed) return
      onFailure(error)
      clock.after(retryMs, () => void this.#follow(true))
    }
  }

  #missed(): void {
    this.#mine.clear()
    this.#options.onMissed()
  }

  #deliver({ id, json }: Envelope): void {
    if (this.#mine.delete(id)) return
    // Holds: only nodes write to this channel; a newer one may know commands that this one does not.
    const command = JSON.parse(json) as Command
    if (command.kind === 'revoke' || command.kind === 'reauthorize') void this.#options.run(command)
  }
}
