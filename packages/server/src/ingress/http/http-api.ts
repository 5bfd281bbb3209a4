import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AnyContract, type Clock, invalidPayload, MillraceError } from '@millrace/contract'
import type { MillraceServer } from '../../api.ts'
import { ConfigurationError } from '../../configuration-error.ts'
import type { Rate } from '../../limits/options.ts'
import { createRateLimiter, type RateLimiter } from '../../limits/rate-limiter.ts'
import { systemClock } from '../../node/clock.ts'
import { describeError } from '../../observe/describe-error.ts'
import type { Logger } from '../../observe/logger.ts'
import { pinoLogger } from '../../observe/pino-logger.ts'
import { parseJson } from '../parse-json.ts'
import { type ApiKey, apiKeyring } from './api-keys.ts'
import { grantOf } from './grant.ts'
import { routeMatcher } from './match-route.ts'
import { openApiOf } from './open-api.ts'
import { HttpFailure, type Problem, problemOf, retryAfterOf } from './problems.ts'
import { ClientGone, needJson, readBody } from './read-body.ts'
import { type Route, routes } from './routes.ts'

export interface HttpApiOptions {
  readonly keys: readonly ApiKey[]
  /** What one key may ask for; each publication of a batch counts. @default 100 a second, 500 at once */
  readonly rate?: Rate
  /** The largest body, in bytes. @default 1 MiB */
  readonly maxBodyBytes?: number
  /** How long a body may take to arrive. @default 10 s */
  readonly bodyWithinMs?: number
  readonly logger?: Logger
  readonly clock?: Clock
}

export const httpApiDefaults = {
  rate: { perSecond: 100, burst: 500 },
  maxBodyBytes: 1_048_576,
  bodyWithinMs: 10_000,
} as const satisfies Partial<HttpApiOptions>

const jsonDepthMax = 64
/** So much of a body that nobody reads is taken, to keep the connection. */
const leftUnreadMax = 65_536
const documentPath = '/v1/openapi.json'

export interface HttpApi {
  /** Answers the requests that are its own; false, and nothing done, for any other. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** The OpenAPI 3.1 document, as `GET /v1/openapi.json` answers it. */
  readonly openApi: Readonly<Record<string, unknown>>
}

/** What the log may say of a request: nothing that the sender has made up. */
interface About {
  operation?: string
  key?: string
}

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly type?: string
}

/** The server's public calls over HTTP, for programs in other languages. Throws a `ConfigurationError` for keys that cannot be meant so. */
export function httpApi<C extends AnyContract>(server: MillraceServer<C>, options: HttpApiOptions): HttpApi {
  // Holds: what is specific to a contract in its server's type is asked for by name here, and checked when it runs.
  const rt = server as unknown as MillraceServer
  const { clock = systemClock, logger = pinoLogger() } = options
  const { rate, maxBodyBytes, bodyWithinMs } = { ...httpApiDefaults, ...options }
  for (const [setting, value] of Object.entries({ maxBodyBytes, bodyWithinMs }))
    if (!Number.isSafeInteger(value) || value < 1) throw new ConfigurationError(setting, `is ${value}`, 'give a whole number of at least 1')
  const findKey = apiKeyring(rt.contract, options.keys)
  const limiters = new Map<string, RateLimiter>(options.keys.map((key) => [key.id, createRateLimiter({ clock, rate: key.rate ?? rate })]))
  const match = routeMatcher(routes)
  const openApi = openApiOf(routes, rt.contract)

  function report(error: unknown): string {
    const reference = randomUUID()
    logger.error({ reference, ...describeError(error) }, 'a request to the HTTP API failed')
    return reference
  }

  function take(id: string): void {
    const taken = limiters.get(id)?.take(id)
    if (taken?.ok === false)
      throw new MillraceError('rate_limited', `the API key may ask again in ${taken.retryAfterMs} ms`, { retryAfterMs: taken.retryAfterMs })
  }

  function keyOf({ headers }: IncomingMessage): ApiKey {
    if (headers.authorization === undefined) throw new MillraceError('auth_required', 'send Authorization: Bearer and an API key')
    const [, presented] = /^bearer +([^\s]{1,512})$/i.exec(headers.authorization) ?? []
    const key = presented === undefined ? null : findKey(presented)
    if (key === null) throw new MillraceError('auth_invalid', 'the API key is not known')
    return key
  }

  async function inputOf({ method, input }: Route<unknown>, request: IncomingMessage): Promise<unknown> {
    let value: unknown
    if (method === 'POST') {
      needJson(request)
      value = parseJson(await readBody(request, { clock, maxBytes: maxBodyBytes, withinMs: bodyWithinMs }), 'the body', jsonDepthMax)
    } else value = Object.fromEntries(new URLSearchParams((request.url ?? '').split('?', 2)[1] ?? ''))
    return checked(input, value, method === 'POST' ? 'the body' : 'the query')
  }

  async function answer(request: IncomingMessage, path: string, about: About): Promise<Answer> {
    const found = match(path)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const route = found?.routes.find((each) => each.method === method)
    if (found === null || route === undefined) {
      const allowed = found === null ? ['GET'] : found.routes.map((each) => each.method)
      if (found === null && method === 'GET') return { status: 200, body: openApi }
      throw new HttpFailure('method_not_allowed', allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed)
    }
    about.operation = route.operation
    const key = keyOf(request)
    about.key = key.id
    take(key.id)
    const grant = grantOf(key)
    grant.need(route.scope)
    const named = route.named ? checked(route.named.schema, found.named(), 'the path') : ''
    const idempotencyKey = route.idempotency === undefined ? undefined : idempotencyKeyOf(request)
    const input = await inputOf(route, request)
    const body = await route.run({ rt, grant, named, input, idempotencyKey, take: () => take(key.id), problemOf: toProblem })
    return route.answer === null ? { status: 204 } : { status: 200, body }
  }

  const toProblem = (error: unknown): Problem => problemOf(error, report)

  function refusal(error: unknown, about: About): Answer {
    const problem = toProblem(error)
    if (problem.status === 401 || problem.status === 403)
      logger.info({ ...about, code: problem.code }, 'a request to the HTTP API was refused')
    const after = retryAfterOf(problem)
    return {
      status: problem.status,
      body: problem,
      type: 'application/problem+json',
      headers: {
        ...(after !== null && { 'retry-after': String(after) }),
        ...(error instanceof HttpFailure && error.allow.length > 0 && { allow: error.allow.join(', ') }),
        ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
      },
    }
  }

  return {
    openApi,
    handle(request, response) {
      const path = (request.url ?? '').split('?', 1)[0] ?? ''
      if (path !== documentPath && match(path) === null) return false
      response.on('error', () => undefined)
      const about: About = {}
      answer(request, path, about)
        .catch((error: unknown) => (error instanceof ClientGone ? null : refusal(error, about)))
        .then((made) => made && send(request, response, made))
        .catch((error: unknown) => void report(error))
      return true
    },
  }
}

function checked<T>(schema: { safeParse(value: unknown): ParseResult<T> }, value: unknown, what: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalidPayload(
    what,
    result.error.issues.slice(0, 50).map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  )
}

type ParseResult<T> =
  | { readonly success: true; readonly data: T }
  | {
      readonly success: false
      readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] }
    }

function idempotencyKeyOf({ headers }: IncomingMessage): string | undefined {
  const given = headers['idempotency-key']
  if (given === undefined) return undefined
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(given))
    throw invalidPayload('the header', [{ path: 'Idempotency-Key', message: 'must have 1 to 200 letters, digits and signs' }])
  return given
}

/** Whether what is left of the body may be read and thrown away. */
function isShort({ headers, complete, readableEnded }: IncomingMessage): boolean {
  if (complete || readableEnded) return true
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= leftUnreadMax
}

function send(request: IncomingMessage, response: ServerResponse, { status, body, type = 'application/json', headers = {} }: Answer): void {
  if (response.headersSent || response.destroyed) return
  const text = body === undefined ? '' : JSON.stringify(body)
  response.writeHead(status, {
    ...(body !== undefined && { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // A timed-out body is still to come, and would be taken for the next request.
    ...((status === 408 || !isShort(request)) && { connection: 'close' }),
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}
