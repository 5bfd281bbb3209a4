import type { DeliveryClass } from '@millrace/contract'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { seenSessions } from './seen-sessions.ts'

/** A connection, as far as metrics tell connections apart. */
export interface ConnectionLabels {
  readonly kind: string
  readonly namespace: string
}

/** What operators see of a node (OPS1). Nothing here throws, and no label can take more than a bounded number of values. */
export interface Metrics {
  /** `session`: an SDK client's; one that was seen before counts as a reconnect. */
  connected(connection: ConnectionLabels & { readonly session: string | null }): void
  /** `reason`: a code of the table of disconnects, or the transport's word. */
  disconnected(connection: ConnectionLabels & { readonly reason: string }): void
  subscribed(change: 1 | -1): void
  published(delivery: DeliveryClass): void
  /** One publication was handed to `readers` connections, `latencyMs` after it was published. */
  delivered(delivery: DeliveryClass, readers: number, latencyMs: number): void
  /** A reader was too slow for a frame of this channel pattern: it was dropped, conflated, or the reader was disconnected (BP1). */
  backpressure(channel: string, delivery: DeliveryClass, verdict: string): void
  refused(code: string): void
  recovered(result: string, publications: number): void
  /** The broker did not take a publication. */
  unsent(): void
  /** Channels whose messages the broker had lost: delivered from the store. */
  repaired(channels: number): void
  /** `ok`, or the code of the error that was the answer. */
  request(code: string): void
  /** By which limit: connection, user, tenant or address. */
  rateLimited(by: string): void
  /** Which quota of a tenant was used up: connections, subscriptions, publications or bytes. */
  quotaRefused(quota: string): void
  /** A durable append has returned. */
  appended(durationMs: number): void
  /** An outbox entry was sent, `lagMs` after it was published. */
  relayed(lagMs: number): void
  /** What SQL had published was refused by the contract: the code of the error. */
  parked(code: string): void
  readonly contentType: string
  /** In Prometheus' text format. */
  text(): Promise<string>
}

export interface MetricsOptions {
  /** Asked when metrics are read: the bytes in all outbound queues. */
  readonly queuedBytes?: () => number
  /** Asked when metrics are read: the connections whose kernel takes nothing at the moment. */
  readonly blocked?: () => number
  /** Asked when metrics are read: who waits to be let in. */
  readonly handshakesWaiting?: () => number
}

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const maxSessions = 20_000
const maxLabelValues = 64

interface Bound {
  inc(value?: number): void
  dec(value?: number): void
}

/** The children of a metric by their label values, made once: looking one up is one step. What comes past the bound is `other`. */
function children<T>(make: (values: readonly string[]) => T): (...values: readonly string[]) => T {
  const made = new Map<string, T>()
  return (...values) => {
    const known = made.get(values.join('\n'))
    if (known !== undefined) return known
    const named = made.size < maxLabelValues ? values : values.map(() => 'other')
    const child = made.get(named.join('\n')) ?? make(named)
    made.set(named.join('\n'), child)
    return child
  }
}

// The clock of the node that published may be ahead: a negative time is none.
const seconds = (ms: number): number => (ms > 0 && Number.isFinite(ms) ? ms / 1000 : 0)

/** Metrics of one node, in a registry of their own. */
export function createMetrics({ queuedBytes, blocked, handshakesWaiting }: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = (name: string, help: string, ...labelNames: string[]) => {
    const metric = new Counter({ name: `millrace_${name}_total`, help, labelNames, registers })
    return children<Pick<Bound, 'inc'>>((values) => metric.labels(...values))
  }
  const gauge = (name: string, help: string, ...labelNames: string[]) => {
    const metric = new Gauge({ name: `millrace_${name}`, help, labelNames, registers })
    return children<Bound>((values) => metric.labels(...values))
  }
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `millrace_${name}_seconds`, help, buckets: latencyBuckets, registers })

  const connections = gauge('connections', 'Open connections', 'kind', 'namespace')
  const subscriptions = gauge('subscriptions', 'Live subscriptions')()
  const publications = counter('publications', 'Publications by this node', 'delivery')
  const deliveries = counter('deliveries', 'Publications handed to a connection', 'delivery')
  const latency = histogram('delivery_latency', 'From publish to the outbound queues of this node, once per publication')
  const drops = counter('dropped_frames', 'Frames that a slow reader did not get', 'channel', 'delivery', 'verdict')
  const refusals = counter('refusals', 'Refused connection attempts', 'code')
  const disconnects = counter('disconnects', 'Ended connections', 'code')
  const reconnects = counter('reconnects', 'SDK connections of a session that was here before')()
  const recoveries = counter('recoveries', 'Recoveries after a break', 'result')
  const recovered = counter('recovered_publications', 'Publications sent by recoveries')()
  const unsent = counter('unsent_publications', 'Publications that the broker did not take: other nodes find them in the store')()
  const repairs = counter('repaired_channels', 'Channels that were brought up to date from the store, as the broker had lost messages')()
  const requests = counter('requests', 'Answered client messages', 'code')
  const limited = counter('rate_limited', 'Client messages over a rate', 'by')
  const quotaRefusals = counter('quota_refusals', "Refusals by a tenant's quota", 'quota')
  const append = histogram('log_append', 'From append to the durable write')
  const outboxLag = histogram('outbox_lag', 'From publish in a transaction to sending')
  const deadLetters = counter('dead_letters', 'Publications from SQL that the contract refused', 'code')
  const reading = (name: string, help: string, read: (() => number) | undefined) => {
    if (read === undefined) return
    const collect = function (this: Gauge): void {
      this.set(read())
    }
    new Gauge({ name: `millrace_${name}`, help, registers, collect })
  }
  reading('outbound_queue_bytes', 'Bytes in all outbound queues', queuedBytes)
  reading('blocked_connections', 'Connections whose kernel takes nothing at the moment', blocked)
  reading('handshakes_waiting', 'Attempts to connect that wait for their turn', handshakesWaiting)
  const sessions = seenSessions(maxSessions)

  return {
    connected({ kind, namespace, session }) {
      connections(kind, namespace).inc()
      if (session !== null && sessions.seen(namespace, session)) reconnects.inc()
    },
    disconnected({ kind, namespace, reason }) {
      connections(kind, namespace).dec()
      disconnects(reason).inc()
    },
    subscribed: (change) => subscriptions.inc(change),
    published: (delivery) => publications(delivery).inc(),
    delivered(delivery, readers, latencyMs) {
      if (readers <= 0) return
      deliveries(delivery).inc(readers)
      latency.observe(seconds(latencyMs))
    },
    backpressure: (channel, delivery, verdict) => drops(channel, delivery, verdict).inc(),
    refused: (code) => refusals(code).inc(),
    unsent: () => unsent.inc(),
    repaired: (channels) => repairs.inc(channels),
    recovered(result, count) {
      recoveries(result).inc()
      if (count > 0) recovered.inc(count)
    },
    request: (code) => requests(code).inc(),
    rateLimited: (by) => limited(by).inc(),
    quotaRefused: (quota) => quotaRefusals(quota).inc(),
    appended: (durationMs) => append.observe(seconds(durationMs)),
    relayed: (lagMs) => outboxLag.observe(seconds(lagMs)),
    parked: (code) => deadLetters(code).inc(),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  }
}
