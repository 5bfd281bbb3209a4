import type { Clock, Position, Retention } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import { assertPayloadFits } from './payload.ts'
import { type LoggedPublication, type LogOptions, logDefaults, type PublicationLog, type RetainedPublication, retainedMax } from './port.ts'
import { gapAfter } from './tail.ts'

interface Channel {
  /** Offset of `publications[0]`. */
  first: number
  publications: LoggedPublication[]
  /** Of the newest retained value; 0 before the first. */
  revision: number
  /** In the order in which they were set. */
  readonly retained: Map<string, RetainedPublication>
  /** In the order in which they were first seen. */
  readonly keys: Map<string, { readonly offset: number; readonly at: number }>
}

export interface MemoryLogOptions extends LogOptions {
  readonly epoch: string
  readonly clock: Clock
}

/** A log that lives as long as its process. A channel's entry stays once used: its head is what makes an old position readable as a gap. */
export function memoryLog({ epoch, clock, ...options }: MemoryLogOptions): PublicationLog {
  const { idempotencyWindowMs, payloadMaxBytes } = { ...logDefaults, ...options }
  const channels = new Map<ChannelKey, Channel>()

  function open(key: ChannelKey): Channel {
    let channel = channels.get(key)
    if (channel === undefined) {
      channel = { first: 1, publications: [], revision: 0, retained: new Map(), keys: new Map() }
      channels.set(key, channel)
    }
    return channel
  }
  function headOf(channel: Channel | undefined): Position {
    return { epoch, offset: channel === undefined ? 0 : channel.first + channel.publications.length - 1 }
  }
  function cut(channel: Channel, { maxAgeMs, maxCount }: Retention, now: number): number {
    const { publications } = channel
    let count = Math.max(0, publications.length - maxCount)
    // A prefix only: what follows a younger publication stays with it.
    while (count < publications.length && (publications[count]?.time ?? now) < now - maxAgeMs) count += 1
    channel.publications = publications.slice(count)
    channel.first += count
    return count
  }

  return {
    async append(key, { event, json, id, time, actor }, { idempotencyKey } = {}) {
      assertPayloadFits(json, payloadMaxBytes)
      const channel = open(key)
      const now = clock.now()
      const seen = idempotencyKey === undefined ? undefined : channel.keys.get(idempotencyKey)
      if (seen !== undefined && seen.at > now - idempotencyWindowMs) return { position: { epoch, offset: seen.offset }, duplicate: true }
      const offset = headOf(channel).offset + 1
      channel.publications.push({ event, json, id, time, offset, ...(actor && { actor }) })
      if (idempotencyKey !== undefined) {
        channel.keys.delete(idempotencyKey)
        channel.keys.set(idempotencyKey, { offset, at: now })
      }
      return { position: { epoch, offset }, duplicate: false }
    },
    async head(key) {
      return headOf(channels.get(key))
    },
    async heads(keys) {
      return keys.map((key) => {
        const channel = channels.get(key)
        return { position: headOf(channel), revision: channel?.revision ?? 0 }
      })
    },
    // One process, and what it publishes arrives: there is nothing to compare.
    changes: async () => ({ mark: '', heads: null }),
    async read(key, since, limit) {
      const channel = channels.get(key)
      const head = headOf(channel)
      const first = channel?.first ?? 1
      const why = gapAfter({ epoch, first, head: head.offset }, since)
      if (why !== null) return { kind: 'gap', why, head }
      const from = since.offset + 1 - first
      return { kind: 'page', publications: channel?.publications.slice(from, from + limit) ?? [], head }
    },
    async retain(key, valueKey, { event, json, id, time, actor }) {
      assertPayloadFits(json, payloadMaxBytes)
      const channel = open(key)
      const { retained } = channel
      const name = JSON.stringify([event, valueKey])
      retained.delete(name)
      channel.revision += 1
      const { revision } = channel
      retained.set(name, { event, json, id, time, key: valueKey, revision, ...(actor && { actor }) })
      const oldest = retained.keys().next()
      if (retained.size > retainedMax && !oldest.done) retained.delete(oldest.value)
      return revision
    },
    async retained(key) {
      return [...(channels.get(key)?.retained.values() ?? [])]
    },
    async trim(retentionOf, now) {
      let publications = 0
      for (const [key, channel] of channels) {
        publications += cut(channel, retentionOf(key), now)
        for (const [name, { at }] of channel.keys) {
          if (at > now - idempotencyWindowMs) break
          channel.keys.delete(name)
        }
      }
      return { publications }
    },
  }
}
