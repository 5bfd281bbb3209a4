import type { Random } from '@millrace-tests/support'
import { httpRequest } from '../raw-http.ts'
import { hostileName, hostilePublication, nearTenants, oddValues } from './hostile-json.ts'
import type { Targets } from './messages.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}): ApiRequest => ({
  method: 'POST',
  path,
  headers,
  body: JSON.stringify(body),
})

/** Short enough for a request's head. */
const queryText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 2_000)

/** A request that HTTP lets through, of somebody with a key for their own tenant. */
export function hostileApiRequest(random: Random, targets: Targets): ApiRequest {
  const odd = () => random.pick(oddValues)
  const user = () =>
    encodeURIComponent(
      random.pick(['bela', 'bela', 'other/bela', '../other/bela', 'other%2Fbela', '$user:bela', '\u0000', 'mallory', 'x'.repeat(300)]),
    )
  const tenant = () =>
    random.pick<Record<string, unknown>>([{}, {}, { tenant: targets.tenant }, { tenant: random.pick(nearTenants) }, { tenant: odd() }])
  const query = () => {
    const { tenant: named } = tenant()
    const cursor = random.chance(0.5) ? { cursor: random.pick([...targets.cursors, 'AAAAAAAA', '\u0000']) } : {}
    const pairs = {
      ...(named !== undefined && { tenant: queryText(named) }),
      ...cursor,
      ...random.pick([{}, { limit: '200' }, { limit: '-1' }, { userId: 'bela' }]),
    }
    return `?${new URLSearchParams(pairs)}`
  }
  const notification = {
    type: 'evil',
    title: 'evil',
    message: 'evil',
    ...(random.chance(0.2) && { document: odd() }),
    ...(random.chance(0.2) && { dedupeKey: odd() }),
  }
  const to = random.pick<unknown>([
    { user: 'bela' },
    { users: ['bela', 'other/bela', '../other/bela'] },
    { users: Array.from({ length: 1_001 }, () => 'bela') },
    { role: odd() },
    { channel: hostileName(random, targets) },
    { everyone: true },
    { user: 'bela', tenant: targets.tenant },
    odd(),
  ])
  const key = random.chance(0.3) ? { 'idempotency-key': random.pick(['k', 'api:other:k', 'x'.repeat(200), 'x'.repeat(500), '../k']) } : {}
  return random.pick<() => ApiRequest>([
    () => post('/v1/publish', hostilePublication(random, targets), key),
    () => post('/v1/publish', hostilePublication(random, targets), key),
    () =>
      post(
        '/v1/publish',
        { batch: Array.from({ length: random.int(0, 20) }, () => hostilePublication(random, targets)), ...tenant() },
        key,
      ),
    () => post('/v1/notify', { to, ...notification, ...tenant() }, key),
    () =>
      post(`/v1/users/${user()}/send`, { event: random.pick(['note', 'connected', 'constructor']), data: { text: 'evil' }, ...tenant() }),
    () => post(`/v1/users/${user()}/revoke`, { ...tenant(), ...(random.chance(0.3) && { sessionId: odd() }) }),
    () => post(`/v1/users/${user()}/reauthorize`, tenant()),
    () => ({ method: 'GET', path: `/v1/users/${user()}/inbox${query()}`, headers: {} }),
    () => ({
      method: 'GET',
      path: `/v1/channels/${encodeURIComponent(hostileName(random, targets).replace('\ud800', ''))}/presence${query()}`,
      headers: {},
    }),
    () => post(random.pick(['/v1/publish', '/v1/notify', `/v1/users/${user()}/revoke`]), odd()),
  ])()
}

/** A request as no library would write it. */
export function brokenApiRequest(random: Random, key: string): readonly string[] {
  const path = random.pick([
    '/v1/publish',
    '/v1/notify',
    '/v1/users/bela/inbox',
    '/v1/users/%/send',
    '/v1/users//inbox',
    '/v1/channels/%2e%2e%2fother/presence',
    '/v1/openapi.json',
    '/v1/publish?tenant=other',
    '/v1/../v1/publish',
    '//v1/publish',
  ])
  const method = random.pick(['POST', 'POST', 'GET', 'HEAD', 'PUT', 'OPTIONS', 'TRACE', 'DELETE'])
  const authorization = random.pick([
    `Bearer ${key}`,
    `Bearer ${key}`,
    `bearer  ${key}`,
    `Bearer ${key}, Bearer other-secret`,
    'Bearer',
    'Bearer \u0001',
    `Basic ${key}`,
    `Bearer ${'x'.repeat(2_000)}`,
  ])
  const json = JSON.stringify({ channel: 'mill:7', event: 'purchase:created', data: { id: 'evil', kg: 1 } })
  const headers = [
    `Authorization: ${authorization}`,
    `Content-Type: ${random.pick(['application/json', 'application/json', 'text/json', 'application/json;charset=utf-16', ''])}`,
  ]
  const more = random.pick<readonly string[]>([
    [],
    [],
    ['X-Tenant: other'],
    ['Idempotency-Key: \u00ff'],
    ['Idempotency-Key: a', 'Idempotency-Key: b'],
    ['Content-Encoding: gzip'],
    ['Expect: 100-continue'],
  ])
  const line = `${method} ${path} HTTP/1.1`
  const sized = (length: number | string) => httpRequest(line, [...headers, ...more, `Content-Length: ${length}`])
  return random.pick<() => readonly string[]>([
    () => [sized(json.length), json],
    () => [sized(json.length), ...json],
    () => [sized(json.length + 50), json],
    () => [sized(json.length - 20), json],
    () => [sized(-1), json],
    () => [sized('1e9'), json],
    () => [sized(10 ** 9), json],
    () => [httpRequest(line, [...headers, ...more, 'Transfer-Encoding: chunked']), `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`],
    () => [httpRequest(line, [...headers, 'Transfer-Encoding: chunked']), 'zz\r\n'],
    () => [httpRequest(line, [...headers, 'Transfer-Encoding: chunked', `Content-Length: ${json.length}`]), json],
    () => [sized(200_000), '['.repeat(100_000), ']'.repeat(100_000)],
    () => [sized(4), '"\u00ff\u00fe"'],
  ])()
}
