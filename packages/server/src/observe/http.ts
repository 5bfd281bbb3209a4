import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Health } from './health.ts'
import type { Metrics } from './metrics.ts'

export interface ObserveSources {
  readonly health: Health
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  readonly connections: () => number
}

interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

function json(status: number, body: unknown): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}

const pages: Readonly<Record<string, (sources: ObserveSources) => Answer | Promise<Answer>>> = {
  // Answers while the process lives: a supervisor that restarts a node which only waits for its database makes things worse.
  '/health': ({ health }) => json(200, { status: health.report().status }),
  '/health/websocket': ({ health, connections }) => {
    const accepting = health.report().status !== 'draining'
    return json(accepting ? 200 : 503, { status: accepting ? 'ok' : 'draining', accepting, connections: connections() })
  },
  // The reasons of failed checks stay in the log: they may name hosts and paths.
  '/health/ready': ({ health }) => {
    const { ready, status, checks } = health.report()
    const outcomes = Object.entries(checks).map(([name, { ok }]) => [name, { ok }] as const)
    return json(ready ? 200 : 503, { ready, status, checks: Object.fromEntries(outcomes) })
  },
  '/metrics': async ({ metrics }) => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Answers `/health`, `/health/websocket`, `/health/ready` and `/metrics`; false, and nothing done, for any other path. */
export function handleObserve(request: IncomingMessage, response: ServerResponse, sources: ObserveSources): boolean {
  const path = request.url?.split('?', 1)[0] ?? ''
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined
  if (page === undefined) return false
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(request, response, json(405, { error: { code: 'method_not_allowed', message: 'Use GET or HEAD' } }))
    return true
  }
  new Promise<Answer>((resolve) => resolve(page(sources))).then(
    (answer) => send(request, response, answer),
    () => send(request, response, json(500, { error: { code: 'internal', message: 'The answer could not be made' } })),
  )
  return true
}
