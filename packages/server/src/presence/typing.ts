import type { Clock, Timer } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'

export interface Typist {
  readonly connectionId: string
  readonly userId: string
  readonly name?: string
}

export type TypingDetail = Readonly<Record<string, unknown>>

export interface TypingStart {
  readonly channel: ChannelKey
  readonly typist: Typist
  readonly detail: TypingDetail
}
export type TypingStop = Omit<TypingStart, 'detail'>

export interface TypingOptions {
  readonly clock: Clock
  /** A person has begun to type, or types something else. Must not throw. */
  readonly onStart: (start: TypingStart) => void
  /** A person has stopped, with every connection. Must not throw. */
  readonly onStop: (stop: TypingStop) => void
  /** Without a repeated signal typing ends after this long. */
  readonly timeoutMs?: number
  /** So many connections may be typing in one channel at a time. */
  readonly maxPerChannel?: number
  /** So many channels may one connection be typing in at a time. */
  readonly maxPerConnection?: number
}

export const typingDefaults = { timeoutMs: 6_000, maxPerChannel: 1_000, maxPerConnection: 20 } as const

/** Who is typing where; every way in which it ends is here (PRE4). */
export interface Typing {
  /** False where a bound was reached: nothing is announced. A repeated signal keeps it alive; only a changed detail is announced again. */
  start(channel: ChannelKey, typist: Typist, detail?: TypingDetail): boolean
  /** The connection says so, or has left the channel. */
  stop(channel: ChannelKey, connectionId: string): void
  /** The connection is gone. */
  left(connectionId: string): void
  /** The person has published to the channel, from whichever connection. */
  published(channel: ChannelKey, userId: string): void
  /** Forgets everybody and announces nothing. */
  close(): void
}

interface Entry {
  readonly typist: Typist
  detail: TypingDetail
  detailJson: string
  timer: Timer
}

export function createTyping(options: TypingOptions): Typing {
  const { clock, onStart, onStop, timeoutMs, maxPerChannel, maxPerConnection } = { ...typingDefaults, ...options }
  /** By connection; the one that last announced something comes last. */
  const byChannel = new Map<ChannelKey, Map<string, Entry>>()
  const channelsOf = new Map<string, Set<ChannelKey>>()

  const entriesOf = (channel: ChannelKey, userId: string): Entry[] =>
    [...(byChannel.get(channel)?.values() ?? [])].filter((entry) => entry.typist.userId === userId)

  function forget(channel: ChannelKey, connectionId: string): Entry | undefined {
    const entries = byChannel.get(channel)
    const entry = entries?.get(connectionId)
    if (entries === undefined || entry === undefined) return undefined
    entry.timer.cancel()
    entries.delete(connectionId)
    if (entries.size === 0) byChannel.delete(channel)
    const channels = channelsOf.get(connectionId)
    channels?.delete(channel)
    if (channels?.size === 0) channelsOf.delete(connectionId)
    return entry
  }

  function stop(channel: ChannelKey, connectionId: string): void {
    const { userId } = byChannel.get(channel)?.get(connectionId)?.typist ?? {}
    if (userId === undefined) return
    const shown = entriesOf(channel, userId).at(-1)
    const ended = forget(channel, connectionId)
    if (ended === undefined) return
    // Another tab may still be typing: people see the person, not the tab.
    const left = entriesOf(channel, userId).at(-1)
    if (left === undefined) onStop({ channel, typist: ended.typist })
    else if (shown !== left && ended.detailJson !== left.detailJson) onStart({ channel, typist: left.typist, detail: left.detail })
  }

  return {
    start(channel, typist, detail = {}) {
      const { connectionId, userId } = typist
      const entries = byChannel.get(channel) ?? new Map<string, Entry>()
      const channels = channelsOf.get(connectionId) ?? new Set()
      const detailJson = JSON.stringify(detail)
      const known = entries.get(connectionId)
      const timer = (): Timer => clock.after(timeoutMs, () => stop(channel, connectionId))
      if (known?.detailJson === detailJson) {
        known.timer.cancel()
        known.timer = timer()
        return true
      }
      if (known === undefined && (entries.size >= maxPerChannel || channels.size >= maxPerConnection)) return false
      const shown = entriesOf(channel, userId).at(-1)
      known?.timer.cancel()
      entries.delete(connectionId)
      byChannel.set(channel, entries.set(connectionId, { typist, detail, detailJson, timer: timer() }))
      channelsOf.set(connectionId, channels.add(channel))
      if (shown?.detailJson !== detailJson) onStart({ channel, typist, detail })
      return true
    },
    stop,
    left(connectionId) {
      for (const channel of [...(channelsOf.get(connectionId) ?? [])]) stop(channel, connectionId)
    },
    published(channel, userId) {
      const ended = entriesOf(channel, userId).map((entry) => forget(channel, entry.typist.connectionId))
      const last = ended.at(-1)
      if (last !== undefined) onStop({ channel, typist: last.typist })
    },
    close() {
      for (const entries of byChannel.values()) for (const entry of entries.values()) entry.timer.cancel()
      byChannel.clear()
      channelsOf.clear()
    },
  }
}
