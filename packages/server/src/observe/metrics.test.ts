import { register } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createMetrics, type Metrics } from './metrics.ts'
import { seenSessions } from './seen-sessions.ts'

/** One sample's value, by its name and labels as the text format writes them. */
async function sample(metrics: Metrics, name: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}

describe('what is counted', () => {
  it.each<[string, (metrics: Metrics) => void, string, number]>([
    ['publications', (m) => m.published('durable'), 'millrace_publications_total{delivery="durable"}', 1],
    ['deliveries', (m) => m.delivered('volatile', 7, 3), 'millrace_deliveries_total{delivery="volatile"}', 7],
    ['latency from publish to socket', (m) => m.delivered('durable', 7, 3), 'millrace_delivery_latency_seconds_sum', 0.003],
    [
      'drops by class',
      (m) => m.backpressure('mill', 'retained', 'conflated'),
      'millrace_dropped_frames_total{channel="mill",delivery="retained",verdict="conflated"}',
      1,
    ],
    ['refusals by reason', (m) => m.refused('auth_expired'), 'millrace_refusals_total{code="auth_expired"}', 1],
    ['recovery results', (m) => m.recovered('expired', 0), 'millrace_recoveries_total{result="expired"}', 1],
    ['recovered publications', (m) => m.recovered('recovered', 500), 'millrace_recovered_publications_total', 500],
    ['requests by answer', (m) => m.request('ok'), 'millrace_requests_total{code="ok"}', 1],
    ['rate limits', (m) => m.rateLimited('user'), 'millrace_rate_limited_total{by="user"}', 1],
    ["refusals by a tenant's quota", (m) => m.quotaRefused('bytes'), 'millrace_quota_refusals_total{quota="bytes"}', 1],
    ['log appends', (m) => m.appended(20), 'millrace_log_append_seconds_sum', 0.02],
    ['outbox lag', (m) => m.relayed(250), 'millrace_outbox_lag_seconds_sum', 0.25],
  ])('[OPS1] counts %s', async (_, act, name, value) => {
    const metrics = createMetrics()
    act(metrics)
    expect(await sample(metrics, name)).toBe(value)
    act(metrics)
    expect(await sample(metrics, name)).toBeCloseTo(value * 2)
  })

  it('[OPS1] knows open connections and subscriptions, and why connections ended', async () => {
    const metrics = createMetrics()
    const connection = { kind: 'sdk', namespace: '/admin' }
    metrics.connected({ ...connection, session: 's1' })
    metrics.connected({ ...connection, session: 's2' })
    metrics.disconnected({ ...connection, reason: 'slow_consumer' })
    metrics.subscribed(1)
    metrics.subscribed(1)
    metrics.subscribed(-1)
    expect(await sample(metrics, 'millrace_connections{kind="sdk",namespace="/admin"}')).toBe(1)
    expect(await sample(metrics, 'millrace_disconnects_total{code="slow_consumer"}')).toBe(1)
    expect(await sample(metrics, 'millrace_subscriptions')).toBe(1)
  })

  it('[OPS1] counts a session that comes back as a reconnect', async () => {
    const metrics = createMetrics()
    const connect = (namespace: string, session: string | null): void => metrics.connected({ kind: 'sdk', namespace, session })
    connect('/', 's1')
    connect('/admin', 's1')
    connect('/', 's2')
    connect('/', null)
    connect('/', null)
    expect(await sample(metrics, 'millrace_reconnects_total')).toBe(0)
    connect('/', 's1')
    expect(await sample(metrics, 'millrace_reconnects_total')).toBe(1)
  })

  it('[OPS1] asks for the bytes in outbound queues when it is read', async () => {
    let bytes = 1
    const metrics = createMetrics({ queuedBytes: () => bytes })
    expect(await sample(metrics, 'millrace_outbound_queue_bytes')).toBe(1)
    bytes = 4_096
    expect(await sample(metrics, 'millrace_outbound_queue_bytes')).toBe(4_096)
  })

  it('[OPS1] [BP5] asks for those who wait to be let in when it is read', async () => {
    expect(await sample(createMetrics({ handshakesWaiting: () => 7 }), 'millrace_handshakes_waiting')).toBe(7)
  })

  it('[OPS1] takes times that no clock should give, and a publication that nobody heard', async () => {
    const metrics = createMetrics()
    for (const ms of [-5, Number.NaN, Number.POSITIVE_INFINITY]) metrics.delivered('durable', 1, ms)
    metrics.delivered('durable', 0, 5)
    expect(await sample(metrics, 'millrace_delivery_latency_seconds_sum')).toBe(0)
    expect(await sample(metrics, 'millrace_delivery_latency_seconds_count')).toBe(3)
  })
})

describe('cost and bounds', () => {
  it('[OPS1] shares nothing with another node of the process', async () => {
    const [one, two] = [createMetrics(), createMetrics()]
    one.published('durable')
    expect(await sample(two, 'millrace_publications_total{delivery="durable"}')).toBeUndefined()
    expect(await register.getMetricsAsJSON()).toEqual([])
  })

  it('[OPS1] bounds the values of a label', async () => {
    const metrics = createMetrics()
    for (let made = 0; made < 1_000; made++) metrics.refused(`made-up-${made}`)
    const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('millrace_refusals_total{'))
    expect(lines).toHaveLength(65)
    expect(await sample(metrics, 'millrace_refusals_total{code="other"}')).toBe(936)
  })

  it('[OPS1] escapes what a label holds', async () => {
    const metrics = createMetrics()
    metrics.refused('a"} 7\nevil_metric 1')
    expect(await metrics.text()).not.toMatch(/^evil_metric/m)
  })

  it('[OPS1] names metrics and units as Prometheus does', async () => {
    const names = [...(await createMetrics({ queuedBytes: () => 0 }).text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    expect(names.length).toBeGreaterThan(12)
    for (const [, name, type] of names) {
      expect(name).toMatch(/^millrace_[a-z_]+$/)
      if (type === 'counter') expect(name).toMatch(/_total$/)
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
    }
  })

  it('[OPS1] remembers a bounded number of sessions, those seen last', () => {
    const sessions = seenSessions(2)
    expect(['a', 'b', 'a', 'c'].map((session) => sessions.seen('/', session))).toEqual([false, false, true, false])
    expect(['a', 'b'].map((session) => sessions.seen('/', session))).toEqual([true, false])
  })
})
