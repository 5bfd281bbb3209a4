import { type Clock, type GapReason, MillraceError, type Position, type Timer } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { Envelope } from '../broker/port.ts'
import { type ChannelKey, channelNameOf } from '../channel-key.ts'
import type { PublicationLog } from '../log/port.ts'
import type { Frame, Transport } from '../transport/port.ts'
import { RecoveryPage } from './recovery-page.ts'

export interface RecoveryPagesOptions {
  readonly log: PublicationLog
  readonly clock: Clock
  readonly frame: Transport['frame']
  /** The log is read in pages of so many publications. */
  readonly pageSize: number
  /** A frame holds so many bytes of publications, or a single larger one. */
  readonly chunkMaxBytes: number
  /** About what the pages of all channels may take in memory; past it the oldest go. */
  readonly maxBytes: number
  /** A page is read anew after this: for so long, what retention cuts may still be replayed. */
  readonly maxAgeMs: number
}

type Gap = { readonly kind: 'gap'; readonly why: Extract<GapReason, 'expired' | 'new-epoch'> }

/** `frames` bring a reader from its position to offset `until`, with `count` publications. */
export type Missed = { readonly kind: 'missed'; readonly frames: readonly Frame[]; readonly count: number; readonly until: number } | Gap

/** Where live publications of the channel stand. */
type Reached = { readonly position: Position }

interface Slot {
  readonly epoch: string
  readonly since: number
  page: RecoveryPage | null
  /** Retention has cut what follows this offset, and with it what follows any before: a cut is not taken back. */
  cutAfter: number
  /** What is counted for it. */
  bytes: number
  reading: Promise<RecoveryPage | Gap> | null
}

// The slot itself.
const slotBytes = 256

/**
 * What readers of a channel have missed, read from its log once: when a thousand clients come back together, one reads, and all share the
 * frames (REC2). Pages are kept for a moment and bounded in bytes; what is published meanwhile is added to them.
 */
export class RecoveryPages {
  readonly #options: RecoveryPagesOptions
  /** The oldest first. */
  readonly #slots = new Map<string, Slot>()
  #bytes = 0
  #timer: Timer | null = null

  constructor(options: RecoveryPagesOptions) {
    this.#options = options
  }

  /** About what the pages take in memory. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * What follows `since`, which is before what the channel has reached, to the end of its page or to what the channel has reached by then.
   * Rejects with `unavailable` when the log cannot be read.
   */
  async after(channel: ChannelKey, since: Position, reached: Reached, namespace: string): Promise<Missed> {
    const page = await this.#pageAfter(channel, since)
    if (!(page instanceof RecoveryPage)) return page
    const { epoch, offset } = reached.position
    if (epoch !== since.epoch) return { kind: 'gap', why: 'new-epoch' }
    const until = Math.min(page.last, offset)
    const frames = page.frames(since.offset, until, namespace)
    this.#recount(this.#idOf(channel, since.offset))
    return { kind: 'missed', frames, count: until - since.offset, until }
  }

  /** A publication goes to the channel's live readers: whoever comes back now need not read it from the log. */
  append({ channel, position, ...stored }: Envelope): void {
    if (this.#slots.size === 0 || position === undefined) return
    const id = this.#idOf(channel, position.offset - 1)
    const slot = this.#slots.get(id)
    if (slot?.epoch === position.epoch && slot.page?.extend([{ ...stored, offset: position.offset }])) this.#recount(id)
  }

  async #pageAfter(channel: ChannelKey, since: Position): Promise<RecoveryPage | Gap> {
    const next = since.offset + 1
    for (;;) {
      const slot = this.#slot(channel, since)
      if (slot.page?.holds(next)) return slot.page
      if (since.offset <= slot.cutAfter) return { kind: 'gap', why: 'expired' }
      if (slot.reading === null) {
        slot.reading = this.#read(slot, channel, since).finally(() => {
          slot.reading = null
        })
        return slot.reading
      }
      // Where it fails, it fails for all who wait: none of them asks a store that is down one after the other.
      const read = await slot.reading
      if (read instanceof RecoveryPage && read.holds(next)) return read
    }
  }

  async #read(slot: Slot, channel: ChannelKey, since: Position): Promise<RecoveryPage | Gap> {
    const { log, pageSize } = this.#options
    const { epoch, offset } = since
    const start = offset - (offset % pageSize)
    const end = start + pageSize
    const { page } = slot
    // One reader reads what it needs. A second one that begins earlier will not be the last: the page is read from its start.
    const [from, until] = page === null ? [offset, end] : offset < page.first ? [start, page.first - 1] : [page.last, end]
    let read = await log.read(channel, { epoch, offset: from }, until - from)
    if (read.kind === 'gap' && from !== offset) read = await log.read(channel, since, end - offset)
    if (read.kind === 'gap') {
      if (read.why === 'expired') slot.cutAfter = offset
      return { kind: 'gap', why: read.why }
    }
    if (slot.page?.extend(read.publications) !== true)
      slot.page = new RecoveryPage(
        {
          channel: channelNameOf(channel),
          epoch,
          chunkMaxBytes: this.#options.chunkMaxBytes,
          frame: (namespace, json) => this.#options.frame(namespace, wireEvents.recovered, json, { delivery: 'durable' }),
        },
        read.publications,
      )
    const { page: filled } = slot
    this.#recount(this.#idOf(channel, offset))
    if (!filled.holds(offset + 1))
      throw new MillraceError('unavailable', `the log has less of ${channelNameOf(channel)} than it had: try again`)
    return filled
  }

  #slot(channel: ChannelKey, { epoch, offset }: Position): Slot {
    const { clock, maxAgeMs } = this.#options
    const id = this.#idOf(channel, offset)
    const known = this.#slots.get(id)
    if (known?.epoch === epoch && !this.#isOld(known)) return known
    this.#drop(id)
    const slot: Slot = { epoch, since: clock.now(), page: null, cutAfter: -1, bytes: 0, reading: null }
    this.#slots.set(id, slot)
    this.#recount(id)
    this.#timer ??= clock.after(maxAgeMs, () => this.#sweep())
    return slot
  }

  // The clock may have been set back, too.
  #isOld({ since }: Slot): boolean {
    return Math.abs(this.#options.clock.now() - since) >= this.#options.maxAgeMs
  }

  #sweep(): void {
    for (const [id, slot] of this.#slots) if (this.#isOld(slot)) this.#drop(id)
    this.#timer = this.#slots.size === 0 ? null : this.#options.clock.after(this.#options.maxAgeMs, () => this.#sweep())
  }

  #recount(id: string): void {
    const slot = this.#slots.get(id)
    if (slot === undefined) return
    const bytes = slotBytes + (slot.page?.bytes ?? 0)
    this.#bytes += bytes - slot.bytes
    slot.bytes = bytes
    for (const oldest of this.#slots.keys()) {
      if (this.#bytes <= this.#options.maxBytes) return
      this.#drop(oldest)
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#slots.get(id)?.bytes ?? 0
    this.#slots.delete(id)
  }

  #idOf(channel: ChannelKey, offset: number): string {
    return `${Math.floor(offset / this.#options.pageSize)} ${channel}`
  }
}
