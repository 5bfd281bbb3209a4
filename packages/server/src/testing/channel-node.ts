import { type ChannelRef, channel, defineContract, event, type Position } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import { z } from 'zod'
import { localBroker } from '../broker/local.ts'
import type { Broker, Envelope } from '../broker/port.ts'
import { channelKey } from '../channel-key.ts'
import { Feeds } from '../channels/feeds.ts'
import { createPolicy } from '../channels/policy.ts'
import { publicationJson } from '../channels/publication-message.ts'
import { RecoveryPages } from '../channels/recovery-pages.ts'
import { Subscriptions } from '../channels/subscriptions.ts'
import { memoryLog } from '../log/memory-log.ts'
import type { LoggedPublication, PublicationLog } from '../log/port.ts'
import type { ClientKind, Connection, Frame } from '../transport/port.ts'

export const { channels } = defineContract({
  channels: {
    mill: channel('mill:{millId}', { events: { tick: event(z.number()), stats: event(z.number(), { delivery: 'retained' }) } }),
  },
})
export const mill = channels.mill({ millId: 1 })
export const key = channelKey('acme', mill.name)

/** What a reader was sent, in order: offsets of recovered publications, `reply`, offsets of live ones (0 where they have none). */
export type Sent = { readonly recovered: number } | { readonly reply: Record<string, unknown> } | { readonly live: number }

/** A frame of this node tells what is in it. */
interface TestFrame extends Frame {
  readonly namespace: string
  readonly event: string
  readonly json: string
}

export interface ChannelNodeOptions {
  readonly allow?: () => boolean | Promise<boolean>
  /** Asked before a subscription of the client's own. */
  readonly admit?: () => void
  readonly pageSize?: number
  readonly chunkMaxBytes?: number
  readonly maxBytes?: number
  readonly maxAgeMs?: number
  /** Stands before the log. */
  readonly wrap?: (log: PublicationLog) => PublicationLog
  readonly broker?: Broker
}

/** A server's channels without its sockets: readers keep what they are sent. */
export function channelNode(options: ChannelNodeOptions = {}) {
  const { allow = () => true, admit = () => {}, wrap = (log) => log } = options
  const { pageSize = 3, chunkMaxBytes = 1_000, maxBytes = 100_000, maxAgeMs = 1_000 } = options
  const clock = manualClock()
  const counts = { reads: 0, frames: 0, encoded: 0, held: 0 }
  const inner = memoryLog({ epoch: 'e1', clock })
  const log: PublicationLog = wrap({
    ...inner,
    read(...args) {
      counts.reads++
      return inner.read(...args)
    },
  })
  const { broker = localBroker() } = options
  const frame = (namespace: string, event: string, json: string): TestFrame => {
    counts.frames++
    return { bytes: json.length, delivery: 'durable', namespace, event, json }
  }
  const pages = new RecoveryPages({ log, clock, frame, pageSize, chunkMaxBytes, maxBytes, maxAgeMs })
  const feeds = new Feeds({
    log,
    broker,
    pages,
    encode(envelope, _ref, kind, namespace) {
      counts.encoded++
      return frame(namespace, kind === 'sdk' ? 'mr:pub' : envelope.event, publicationJson(mill.name, envelope, envelope.position))
    },
    onDelivered: () => {},
    onNewEpoch: (_, readers) => {
      for (const reader of readers) reader.disconnect('draining')
    },
    onFailure: (error) => {
      throw error
    },
  })
  const policy = createPolicy({ policies: { mill: allow }, clock, timeoutMs: 1_000, onFailure: () => {} })
  let published = 0

  /** Stores a publication; `carry` takes it to the feed, as the broker does. */
  async function append(): Promise<Envelope> {
    const stored = { event: 'tick', json: '1', id: `p${++published}`, time: clock.now() }
    const { position } = await log.append(key, stored)
    return { ...stored, channel: key, delivery: 'durable', position }
  }

  function reader(id = 'c1', { kind = 'sdk', namespace = '/' }: { readonly kind?: ClientKind; readonly namespace?: string } = {}) {
    const sent: Sent[] = []
    const frames: TestFrame[] = []
    /** The publications among what was sent, as they travelled. */
    const publications: unknown[] = []
    const live: string[] = []
    const connection: Connection = {
      id,
      kind,
      namespace,
      wireNamespace: namespace,
      address: '127.0.0.1',
      identity: { tenant: 'acme', userId: 'asha', roles: [], claims: {}, expiresAt: null },
      send(given) {
        // Holds: every frame of this node was made above.
        const frame = given as TestFrame
        frames.push(frame)
        // Holds: what `publicationJson` has written.
        const message = JSON.parse(frame.json) as { o?: number; publications?: { o: number }[] }
        if (message.publications === undefined) sent.push({ live: message.o ?? 0 })
        else sent.push(...message.publications.map(({ o }) => ({ recovered: o })))
        publications.push(...(message.publications ?? [message]))
      },
      sendJson: () => {},
      drained: () => Promise.resolve(),
      disconnect() {
        state.connected = false
        subscriptions.end()
      },
    }
    const state = { connected: true }
    const subscriptions = new Subscriptions(connection, {
      feeds,
      log,
      pages,
      policy,
      maxSubscriptions: 2,
      admit,
      onHeld: (_, change) => {
        counts.held += change
      },
      recoverBelowBytes: 1_000,
      onRecovery: () => {},
      onLive: (_, { name }) => live.push(`+${name}`),
      onEnd: (_, { name }) => live.push(`-${name}`),
    })
    const subscribe = (since?: Position, to: ChannelRef = mill): Promise<void> =>
      subscriptions.subscribe(to, since, (json) => void sent.push({ reply: JSON.parse(json) as Record<string, unknown> }))
    return { connection, state, subscriptions, subscribe, sent, frames, publications, live }
  }

  return {
    clock,
    log,
    broker,
    feeds,
    pages,
    counts,
    append,
    carry: (envelope: Envelope) => broker.publish(envelope),
    publish: async () => broker.publish(await append()),
    reader,
  }
}

/** A logged publication as a reader gets it. */
export function received({ offset, ...stored }: LoggedPublication): unknown {
  return JSON.parse(publicationJson(mill.name, stored, { epoch: 'e1', offset }))
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve()
}
