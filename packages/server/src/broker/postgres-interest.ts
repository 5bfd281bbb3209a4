import type { ChannelKey } from '../channel-key.ts'

/** Of the whole database, so all nodes must agree; see decision 35 for what the number costs. */
export const bucketCount = 1_024

/** The notification channel that carries a channel: those have 63 bytes for a name, and PostgreSQL compares the name with each that a node has named. */
export function bucketOf(channel: ChannelKey): string {
  // FNV-1a.
  let hash = 0x811c9dc5
  for (let index = 0; index < channel.length; index += 1) hash = Math.imul(hash ^ channel.charCodeAt(index), 0x01000193)
  return `millrace_${((hash ^ (hash >>> 16)) & (bucketCount - 1)).toString(16)}`
}

/** The statements that bring what the connection listens to nearer to what is held. */
export interface Step {
  readonly listen: readonly string[]
  readonly unlisten: readonly string[]
}

/** Which channels this node holds, and what its connection listens to for them. */
export class Interest {
  readonly #held = new Map<string, Set<ChannelKey>>()
  readonly #inForce = new Set<string>()

  add(channel: ChannelKey): void {
    const bucket = bucketOf(channel)
    const channels = this.#held.get(bucket)
    if (channels === undefined) this.#held.set(bucket, new Set([channel]))
    else channels.add(channel)
  }

  remove(channel: ChannelKey): void {
    const bucket = bucketOf(channel)
    const channels = this.#held.get(bucket)
    if (channels?.delete(channel) && channels.size === 0) this.#held.delete(bucket)
  }

  has(channel: ChannelKey): boolean {
    return this.#held.get(bucketOf(channel))?.has(channel) === true
  }

  /** Held, and not listened to. */
  isMissing(channel: ChannelKey): boolean {
    return this.has(channel) && !this.#inForce.has(bucketOf(channel))
  }

  /** There is a next step. */
  get isBehind(): boolean {
    // Of two sets of the same size, one is the other where it is in the other.
    if (this.#held.size !== this.#inForce.size) return true
    for (const bucket of this.#held.keys()) if (!this.#inForce.has(bucket)) return true
    return false
  }

  /** Null where nothing is to do. What it ends is not in force from now on. */
  next(): Step | null {
    if (!this.isBehind) return null
    const listen = [...this.#held.keys()].filter((bucket) => !this.#inForce.has(bucket))
    const unlisten = [...this.#inForce].filter((bucket) => !this.#held.has(bucket))
    for (const bucket of unlisten) this.#inForce.delete(bucket)
    return { listen, unlisten }
  }

  done({ listen }: Step): void {
    for (const bucket of listen) this.#inForce.add(bucket)
  }

  /** A new connection listens to nothing. */
  lost(): void {
    this.#inForce.clear()
  }
}
