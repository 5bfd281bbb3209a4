import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createHealth, type Health } from './health.ts'
import { handleObserve } from './http.ts'
import { createMetrics, type Metrics } from './metrics.ts'

let clock: ManualClock
let works: boolean
let health: Health
let metrics: Metrics
let server: Server
let url: string
let sources: Parameters<typeof handleObserve>[2]
beforeEach(async () => {
  clock = manualClock()
  works = true
  const store = async (): Promise<void> => {
    if (!works) throw new Error('cannot open /secret/path')
  }
  health = createHealth({ clock, checks: { store } })
  metrics = createMetrics()
  sources = { health, metrics, connections: () => 42 }
  server = createServer((request, response) => {
    if (!handleObserve(request, response, sources)) response.writeHead(404).end('the application')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Holds: a server that listens on TCP has an AddressInfo.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await clock.advance(0)
})
afterEach(async () => {
  health.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

it('[HLT1] answers /health while the process lives', async () => {
  const answer = await fetch(`${url}/health`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.json()).toEqual({ status: 'ok' })
  works = false
  await clock.advance(1_000)
  const degraded = await fetch(`${url}/health?verbose=1`)
  expect(degraded.status).toBe(200)
  expect(await degraded.json()).toEqual({ status: 'degraded' })
})

it('[HLT1] answers /health/websocket: whether connections are accepted, and how many there are', async () => {
  const answer = await fetch(`${url}/health/websocket`)
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ status: 'ok', accepting: true, connections: 42 })
  health.drain()
  const draining = await fetch(`${url}/health/websocket`)
  expect(draining.status).toBe(503)
  expect(await draining.json()).toEqual({ status: 'draining', accepting: false, connections: 42 })
})

it('[HLT1] answers /health/ready with 503 while it is not, without saying more than which check failed', async () => {
  const ready = await fetch(`${url}/health/ready`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toEqual({ ready: true, status: 'ok', checks: { store: { ok: true } } })
  works = false
  await clock.advance(1_000)
  const lost = await fetch(`${url}/health/ready`)
  expect(lost.status).toBe(503)
  expect(await lost.json()).toEqual({ ready: false, status: 'degraded', checks: { store: { ok: false } } })
  works = true
  await clock.advance(1_000)
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
})

it('[OPS1] answers /metrics in the text format of Prometheus', async () => {
  metrics.published('durable')
  const answer = await fetch(`${url}/metrics`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(await answer.text()).toContain('millrace_publications_total{delivery="durable"} 1')
})

it('[OPS1] answers 500 when metrics cannot be read, and lives', async () => {
  sources = { ...sources, metrics: { contentType: 'text/plain', text: () => Promise.reject(new Error('broken')) } }
  const answer = await fetch(`${url}/metrics`)
  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toContain('broken')
  expect((await fetch(`${url}/health`)).status).toBe(200)
})

it('[HLT1] answers HEAD with the head alone', async () => {
  for (const path of ['/health', '/health/websocket', '/health/ready', '/metrics']) {
    const answer = await fetch(url + path, { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0)
    expect(await answer.text()).toBe('')
  }
})

it('[HLT1] refuses other methods, and gives no page of another origin a look', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await fetch(`${url}/health`, { method, headers: { origin: 'https://evil.example' } })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD')
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  }
})

it('[HLT1] leaves every other path to the application', async () => {
  for (const path of ['/', '/healthy', '/health/', '/health/ready/x', '//health', '/metrics/', '/constructor', '/%68ealth', '/a?b=/health'])
    expect(await (await fetch(url + path)).text()).toBe('the application')
})
