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

type Behind = readonly [Feed, LogHead]

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
  /** Feeds that were compared since they opened: for them, what has changed since the mark is enough. */
  readonly #compared = new WeakSet<Feed>()
  #mark: string | null = null
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
    const { log, feeds, onFailure } = this.#options
    try {
      const { mark, heads } = await log.changes(this.#mark)
      const behind: Behind[] = []
      const unknown: (readonly [ChannelKey, Feed])[] = []
      for (const entry of feeds()) {
        const [key, feed] = entry
        const head = heads?.get(key)
        if (heads === null || !this.#compared.has(feed)) unknown.push(entry)
        else if (head !== undefined && feed.isBehind(head)) behind.push([feed, head])
      }
      for (let from = 0; from < unknown.length; from += headsMax)
        behind.push(...(await this.#behindOf(unknown.slice(from, from + headsMax))))
      // What could not be repaired is told again, by the mark before.
      if (!(await this.#repair(behind))) return
      this.#mark = mark
      for (const [, feed] of unknown) this.#compared.add(feed)
    } catch (error) {
      // The next comparison tries again.
      onFailure(error)
    }
  }

  async #behindOf(batch: readonly (readonly [ChannelKey, Feed])[]): Promise<readonly Behind[]> {
    const heads = await this.#options.log.heads(batch.map(([key]) => key))
    return batch.flatMap(([, feed], index): Behind[] => {
      const head = heads[index]
      return head !== undefined && feed.isBehind(head) ? [[feed, head]] : []
    })
  }

  /** False where some are behind still. */
  async #repair(behind: readonly Behind[]): Promise<boolean> {
    if (behind.length === 0) return true
    const { clock, onRepaired } = this.#options
    await new Promise<void>((resolve) => clock.after(auditDefaults.graceMs, resolve))
    const lost = behind.filter(([feed, head]) => feed.isBehind(head))
    for (const [feed, head] of lost) await feed.repair(head)
    if (lost.length > 0) onRepaired(lost.length)
    return !lost.some(([feed, head]) => feed.isBehind(head))
  }
}
