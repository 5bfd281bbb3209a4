import type { ChannelName } from '@millrace/contract'
import type { LoggedPublication } from '../log/port.ts'
import type { Frame } from '../transport/port.ts'
import { publicationJson } from './publication-message.ts'

export interface PageOptions {
  readonly channel: ChannelName
  readonly epoch: string
  /** A frame holds so many bytes of publications, or a single larger one. */
  readonly chunkMaxBytes: number
  /** The frame of a `RecoveredMessage`, given as JSON text, for one namespace. */
  readonly frame: (namespace: string, json: string) => Frame
}

// The objects around a text or a frame.
const overheadBytes = 64

/** A run of a channel's log as its readers get it: each publication's text is made once, and each stretch's frames are shared by all who miss it. */
export class RecoveryPage {
  readonly #options: PageOptions
  /** The offset of the first text. */
  #first: number
  readonly #texts: string[]
  #textBytes = 0
  /** By namespace and first offset; all of them end at `#framedUntil`. */
  readonly #frames = new Map<string, readonly Frame[]>()
  #framedUntil = 0
  #frameBytes = 0

  /** Publications of consecutive offsets. */
  constructor(options: PageOptions, publications: readonly LoggedPublication[]) {
    this.#options = options
    this.#first = publications[0]?.offset ?? 0
    this.#texts = this.#textsOf(publications)
  }

  get first(): number {
    return this.#first
  }

  get last(): number {
    return this.#first + this.#texts.length - 1
  }

  /** About what it takes in memory. */
  get bytes(): number {
    return this.#textBytes + this.#frameBytes
  }

  holds(offset: number): boolean {
    return offset >= this.#first && offset <= this.last
  }

  /** Adds publications of consecutive offsets, which come right before or right after; false: they do neither. */
  extend(publications: readonly LoggedPublication[]): boolean {
    const from = publications[0]?.offset
    if (from === this.last + 1) {
      this.#texts.push(...this.#textsOf(publications))
      return true
    }
    if (from === undefined || publications.at(-1)?.offset !== this.#first - 1) return false
    this.#texts.unshift(...this.#textsOf(publications))
    this.#first = from
    return true
  }

  /** What follows `since` up to `until`, both in the page. */
  frames(since: number, until: number, namespace: string): readonly Frame[] {
    if (until !== this.#framedUntil) {
      // The channel has gone on: from now on everybody needs more than these hold.
      this.#frames.clear()
      this.#frameBytes = 0
      this.#framedUntil = until
    }
    const key = `${since} ${namespace}`
    const known = this.#frames.get(key)
    if (known !== undefined) return known
    const frames = this.#chunks(since, until).map((json) => this.#options.frame(namespace, json))
    this.#frames.set(key, frames)
    // As text, and as the bytes of a frame.
    for (const { bytes } of frames) this.#frameBytes += 2 * bytes + overheadBytes
    return frames
  }

  #textsOf(publications: readonly LoggedPublication[]): string[] {
    const { channel, epoch } = this.#options
    return publications.map(({ offset, ...stored }) => {
      const text = publicationJson(channel, stored, { epoch, offset })
      this.#textBytes += text.length + overheadBytes
      return text
    })
  }

  /** `RecoveredMessage`s as JSON text. */
  #chunks(since: number, until: number): string[] {
    const { channel, chunkMaxBytes } = this.#options
    const chunks: string[] = []
    let parts: string[] = []
    let size = 0
    const finish = (): void => {
      chunks.push(`{"channel":${JSON.stringify(channel)},"publications":[${parts.join(',')}]}`)
      parts = []
      size = 0
    }
    for (const text of this.#texts.slice(since + 1 - this.#first, until + 1 - this.#first)) {
      if (parts.length > 0 && size + text.length > chunkMaxBytes) finish()
      parts.push(text)
      size += text.length
    }
    if (parts.length > 0) finish()
    return chunks
  }
}
