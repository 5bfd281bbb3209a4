import { connect } from 'node:net'
import { MillraceError } from '@millrace/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Asked, HttpSite } from '../../testing/http-site.ts'

let site: HttpSite
beforeEach(async () => {
  site = await HttpSite.open()
})
afterEach(() => site.close())
const ask: HttpSite['ask'] = (path, asked) => site.ask(path, asked)
const refused: HttpSite['refused'] = (...args) => site.refused(...args)

const bought = (kg: number, more: object = {}) => ({ channel: 'mill:7', event: 'bought', data: { kg }, ...more })
const publish = (body: unknown, asked: Asked = {}) => ask('/v1/publish', { body, ...asked })

describe('requests that are not as they should be', () => {
  it('[ING4] leaves paths of others alone', async () => {
    for (const path of ['/', '/v1', '/v1/', '/v1/other', '/v2/publish', '/v1/publish/', '/v1/users//inbox/x'])
      expect((await fetch(`http://127.0.0.1:${site.port}${path}`)).status).toBe(299)
  })

  it('[ING4] says which methods there are', async () => {
    const { headers } = await refused('/v1/publish', { method: 'PUT' }, 405, 'method_not_allowed')
    expect(headers.get('allow')).toBe('POST')
    expect((await refused('/v1/users/a/inbox', { body: {} }, 405, 'method_not_allowed')).headers.get('allow')).toBe('GET, HEAD')
    expect((await refused('/v1/openapi.json', { body: {} }, 405, 'method_not_allowed')).headers.get('allow')).toBe('GET, HEAD')
    expect((await ask('/v1/users/a/inbox', { method: 'HEAD' })).status).toBe(200)
  })

  it('[ING4] takes JSON in UTF-8 and nothing else', async () => {
    const json = JSON.stringify(bought(1))
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', 'application/jsonp'])
      await refused('/v1/publish', { text: json, headers: { 'content-type': type } }, 415, 'unsupported_media_type')
    await refused('/v1/publish', { text: json, headers: { 'content-encoding': 'gzip' } }, 415, 'unsupported_media_type')
    expect((await ask('/v1/publish', { text: json, headers: { 'content-type': 'Application/JSON; charset="UTF-8"' } })).status).toBe(200)
    for (const text of ['', '{', 'null', '[]', '"x"', '{"a":1', `${json}x`, '\ufeff'])
      await refused('/v1/publish', { text }, 400, 'invalid_payload')
    await refused('/v1/publish', { text: new Uint8Array([0x22, 0xff, 0x22]) }, 400, 'invalid_payload')
    await refused('/v1/users/%ff/inbox', {}, 400, 'invalid_payload')
  })

  it('[ING4] refuses nesting and sizes past its bounds before it reads them', async () => {
    const nested = (depth: number) => `{"channel":"mill:7","event":"bought","data":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect((await refused('/v1/publish', { text: nested(64) }, 400, 'invalid_payload')).body.detail).toContain('nested deeper than 64')
    expect((await refused('/v1/publish', { text: nested(63) }, 400, 'invalid_payload')).body.detail).not.toContain('nested')
    expect((await ask('/v1/publish', { body: bought(1, { idempotencyKey: '[[[{{{"'.repeat(20) }) })).status).toBe(200)
    await site.serve({ maxBodyBytes: 100 })
    expect((await ask('/v1/publish', { text: JSON.stringify(bought(1)).padEnd(100) })).status).toBe(200)
    await refused('/v1/publish', { text: JSON.stringify(bought(1)).padEnd(101) }, 413, 'payload_too_large')
  })

  it('[ING4] hangs up on a body that is too large or too slow, and keeps connections otherwise', async () => {
    const head = (more: string) =>
      `POST /v1/publish HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer acme-secret\r\nContent-Type: application/json\r\n${more}\r\n\r\n`
    const large = await raw([head('Transfer-Encoding: chunked'), `200000\r\n${'x'.repeat(0x200000)}\r\n`])
    expect(large).toMatch(/^HTTP\/1.1 413 /)
    expect(large).toContain('connection: close')
    const slow = raw([head('Content-Length: 100'), '{'], () => void site.node.clock.advance(10_000))
    expect(await slow).toMatch(/^HTTP\/1.1 408 /)

    const body = JSON.stringify(bought(1))
    const good = `${head(`Content-Length: ${body.length}`)}${body}`
    const wrong = good.replace('Bearer acme', 'Bearer nobody')
    const answers = await raw([
      good,
      wrong,
      good,
      good.replace('POST', 'PUT'),
      good,
      good.replace('Host: x', 'Host: x\r\nConnection: close'),
    ])
    expect([...answers.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '401', '200', '405', '200', '200'])
  })

  it('[ING4] says when the server cannot do it for now, and when to ask again', async () => {
    await site.serve({ rt: { ...site.node.rt, publish: () => Promise.reject(new MillraceError('unavailable')) } })
    const { body, headers } = await refused('/v1/publish', { body: bought(1) }, 503, 'unavailable')
    expect([headers.get('retry-after'), body.retry]).toEqual(['1', true])
    const answer = await publish({ batch: [bought(1)] })
    expect(answer).toMatchObject({ status: 200, body: { results: [{ status: 503, code: 'unavailable', retry: true }] } })
  })

  it('[ING4] says in the log that a parser has taken the body first', async () => {
    await site.listen((request, response) => {
      request.resume().once('end', () => setImmediate(() => void site.api.handle(request, response)))
    })
    await refused('/v1/publish', { body: bought(1) }, 500, 'internal')
    expect(site.log.lines.at(-1)).toMatchObject({ level: 'error', message: 'a request to the HTTP API failed' })
  })

  it('[ING4] [OPS2] tells nothing of an error that is not ours, but where to find it; logs neither keys nor payloads', async () => {
    await site.serve({ rt: { ...site.node.rt, publish: () => Promise.reject(new Error('SECRET payload')) } })
    const { body } = await refused('/v1/publish', { body: bought(4321) }, 500, 'internal')
    expect(JSON.stringify(body)).not.toContain('SECRET')
    const line = site.log.lines.find(({ fields }) => (fields as { reference?: string }).reference === body.reference)
    expect(line?.level).toBe('error')
    expect(JSON.stringify(site.log.lines)).not.toMatch(/SECRET|4321|acme-secret/)
  })
})

/** What one TCP connection hears until it is closed. `onSent` runs once the server has taken everything. */
function raw(pieces: readonly string[], onSent: () => void = () => undefined): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(site.port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk.toString()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
    for (const piece of pieces) socket.write(piece)
    site.http.once('request', (request) => request.once('data', () => setImmediate(onSent)))
  })
}
