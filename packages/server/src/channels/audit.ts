import type { Clock, Timer } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import { headsMax, type LogHead, type PublicationLog } from '../log/port.ts'
import type { Feed } from './feed.ts'

export interface AuditOptions {
  readonly log: PublicationLog
  readonly clock: Clock
  /** The open feeds that the log knows of. */
  readonly feeds: () => Iterable<readonly [ChannelKey, Feed]>
  readonly onRepaired: (channels: number) => void
  readonly onFailure: (error: unknown) => void
}

export const auditDefaults = {
  intervalMs: 800,
  /** What is behind may be on its way: after this long it is lost. */
  graceMs: 150,
} as const

/**
 * Compares what has come through the broker with the store, again and again: silence is never taken for health. What was lost is
 * delivered within a second (interval and grace), from the log.
 */
export class Audit {
  readonly #options: AuditOptions
  readonly #timer: Timer
  #running: Promise<void> | null = null
  #again = false

  constructor(options: AuditOptions) {
    this.#options = options
    this.#timer = options.clock.every(auditDefaults.intervalMs, () => void this.#start())
  }

  /** Compares at once: something may be lost. */
  now(): Promise<void> {
    this.#again = this.#running !== null
    return this.#start()
  }

  close(): void {
    this.#timer.cancel()
  }

  /** One at a time: a store that is slow is not asked once more. */
  #start(): Promise<void> {
    this.#running ??= this.#compareAll().finally(() => {
      this.#running = null
      if (!this.#again) return
      this.#again = false
      void this.#start()
    })
    return this.#running
  }

  async #compareAll(): Promise<void> {
    const { feeds, onFailure } = this.#options
    let batch: (readonly [ChannelKey, Feed])[] = []
    try {
      for (const entry of [...feeds()]) {
        batch.push(entry)
        if (batch.length < headsMax) continue
        await this.#compare(batch)
        batch = []
      }
      if (batch.length > 0) await this.#compare(batch)
    } catch (error) {
      // The next comparison tries again.
      onFailure(error)
    }
  }

  async #compare(batch: readonly (readonly [ChannelKey, Feed])[]): Promise<void> {
    const { log, clock, onRepaired } = this.#options
    const heads = await log.heads(batch.map(([key]) => key))
    const behind = batch.flatMap(([, feed], index): [Feed, LogHead][] => {
      const head = heads[index]
      return head !== undefined && feed.isBehind(head) ? [[feed, head]] : []
    })
    if (behind.length === 0) return
    await new Promise<void>((resolve) => clock.after(auditDefaults.graceMs, resolve))
    const lost = behind.filter(([feed, head]) => feed.isBehind(head))
    for (const [feed, head] of lost) await feed.repair(head)
    if (lost.length > 0) onRepaired(lost.length)
  }
}
