import type { Random } from '@millrace-tests/support'
import { httpRequest } from '../raw-http.ts'

const path = '/socket.io/'

const queries: readonly string[] = [
  '',
  '?',
  '?EIO=4',
  '?EIO=3&transport=polling',
  '?EIO=99&transport=polling',
  '?EIO=4&transport=',
  '?EIO=4&transport=polling&sid=',
  '?EIO=4&transport=polling&sid=nobody',
  '?EIO=4&transport=polling&sid=__proto__',
  '?EIO=4&transport=polling&sid=constructor',
  '?EIO=4&transport=polling&sid=toString',
  '?EIO=4&transport=polling&sid=a&sid=b',
  '?EIO=4&transport[]=polling',
  '?EIO=4&transport=__proto__',
  '?EIO=4&transport=constructor',
  '?EIO=4&transport=websocket',
  '?EIO=4&transport=webtransport',
  '?EIO=4&transport=polling&j=0',
  '?EIO=4&transport=polling&j=alert(1)//',
  '?EIO=4&transport=polling&b64=1',
  '?EIO=4&transport=polling&__proto__[x]=1',
  '?EIO=4&transport=polling&%',
  '?EIO=4&transport=polling&x=%ff%fe',
  `?EIO=4&transport=polling&x=${'y'.repeat(7_000)}`,
]

const targets: readonly string[] = [
  path,
  '/socket.io',
  '/socket.io/../socket.io/',
  '//socket.io/',
  '//',
  '/socket.io/%2e%2e/',
  '/socket.io/\u0001',
  'http://[/socket.io/',
  '*',
  '/health',
  '/health/ready?x=%',
  '/metrics/../metrics',
]

const methods = ['GET', 'GET', 'POST', 'OPTIONS', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'CONNECT', 'BREW'] as const

const headers: readonly (readonly string[])[] = [
  [],
  ['Origin: null'],
  ['Origin: http://evil.example'],
  ['Origin: \u0000'],
  ['Cookie: io=x; token=y; =; ;;'],
  ['Authorization: Bearer'],
  ['Authorization: Bearer .'],
  [`Authorization: Bearer ${'a.'.repeat(3_000)}`],
  ['Authorization: Basic Og=='],
  ['X-Forwarded-For: 1.2.3.4'],
  ['Connection: Upgrade', 'Upgrade: websocket'],
  ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: x'],
  ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 99', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  ['Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
  [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Extensions: x; y=;;',
  ],
  ['Content-Length: 5', 'Transfer-Encoding: chunked'],
  ['Content-Length: -1'],
  ['Expect: 100-continue', 'Content-Length: 10'],
  Array.from({ length: 300 }, (_, index) => `X-${index}: y`),
  [`X: ${'y'.repeat(20_000)}`],
]

/** One request on a TCP connection of its own, in pieces; some bodies are never finished. */
export function hostileRequest(random: Random): readonly string[] {
  const kind = random.next()
  if (kind < 0.6) {
    const target = random.chance(0.7) ? path : random.pick(targets)
    return [httpRequest(`${random.pick(methods)} ${target}${random.pick(queries)} HTTP/1.1`, random.pick(headers))]
  }
  const line = `POST ${path}?EIO=4&transport=polling&sid=${random.pick(['nobody', '', '__proto__'])} HTTP/1.1`
  if (kind < 0.75) return [httpRequest(line, ['Content-Length: 100000', 'Content-Type: text/plain']), '4', '2', '[']
  if (kind < 0.85) return [httpRequest(line, ['Transfer-Encoding: chunked']), 'zz\r\n', '\r\n', '0\r\n\r\n']
  if (kind < 0.95) return [httpRequest(line, ['Content-Length: 3', 'Content-Type: application/octet-stream']), '\u0004\u0000\u00ff']
  return random.pick([
    ['\u0016\u0003\u0001\u0002\u0000'],
    ['GET'],
    ['GET / HTTP/9.9\r\n\r\n'],
    ['\r\n\r\n\r\n'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])
}
