import { dereference, validate } from '@readme/openapi-parser'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Asked, HttpSite, keyOf, keys } from '../../testing/http-site.ts'
import { type ApiKey, hashApiKey } from './api-keys.ts'
import { httpApi } from './http-api.ts'
import { inboxAnswer, notifyAnswer, presenceAnswer, publishAnswer } from './schemas.ts'

let site: HttpSite
beforeEach(async () => {
  site = await HttpSite.open()
})
afterEach(() => site.close())
const ask: HttpSite['ask'] = (path, asked) => site.ask(path, asked)
const refused: HttpSite['refused'] = (...args) => site.refused(...args)

const bought = (kg: number, more: object = {}) => ({ channel: 'mill:7', event: 'bought', data: { kg }, ...more })
const publish = (body: unknown, asked: Asked = {}) => ask('/v1/publish', { body, ...asked })

describe('publishing over HTTP', () => {
  it('[ING1] publishes each delivery class and answers as the server does', async () => {
    const first = await publish(bought(1, { actor: { id: 'erp', name: 'ERP' } }))
    expect(first).toMatchObject({ status: 200, body: { position: { offset: 1 } } })
    expect(publishAnswer.parse(first.body)).toEqual(first.body)
    expect((await publish(bought(2))).body.position.offset).toBe(2)
    for (const name of ['stats', 'moved']) expect((await publish({ ...bought(1), event: name })).body).toMatchObject({ position: null })
  })

  it('[ING1] [LOG4] answers the same Idempotency-Key alike and publishes once, for each API key and tenant apart', async () => {
    const headers = { 'idempotency-key': 'order-7' }
    const first = await publish(bought(1), { headers })
    expect((await publish(bought(1), { headers })).body).toEqual(first.body)
    expect((await publish(bought(1, { idempotencyKey: 'order-7' }))).body).toEqual(first.body)
    expect((await publish(bought(1), { headers, key: 'both', body: bought(1, { tenant: 'acme' }) })).body.position.offset).toBe(2)
    expect((await publish(bought(1), { headers, key: 'other' })).body.position.offset).toBe(1)
    expect((await publish(bought(1))).body.position.offset).toBe(3)
    await refused('/v1/publish', { body: bought(1, { idempotencyKey: 'x' }), headers }, 400, 'invalid_payload')
    await refused('/v1/publish', { body: bought(1), headers: { 'idempotency-key': 'x'.repeat(201) } }, 400, 'invalid_payload')
  })

  it('[ING1] answers each publication of a batch for itself, in order, and repeats none of them', async () => {
    const batch = [bought(1), bought(-1), { ...bought(1), channel: 'nowhere' }, { ...bought(1), tenant: 'other' }, bought(2)]
    const headers = { 'idempotency-key': 'b1' }
    const answer = await publish({ batch }, { headers })
    expect(publishAnswer.parse(answer.body)).toEqual(answer.body)
    expect(answer.body.results.map((each: { status: number; code?: string }) => [each.status, each.code])).toEqual([
      [200, undefined],
      [400, 'invalid_payload'],
      [404, 'unknown_channel'],
      [403, 'denied'],
      [200, undefined],
    ])
    expect(answer.body.results.map((each: { position?: { offset: number } }) => each.position?.offset)).toEqual([
      1,
      undefined,
      undefined,
      undefined,
      2,
    ])
    expect((await publish({ batch }, { headers })).body).toEqual(answer.body)
    await refused('/v1/publish', { body: { batch: [] } }, 400, 'invalid_payload')
    await refused('/v1/publish', { body: { batch: Array.from({ length: 101 }, () => bought(1)) } }, 400, 'invalid_payload')
  })

  it('[CON3] refuses what the contract does not have, with the path of each fault', async () => {
    const { body } = await refused('/v1/publish', { body: bought(-1) }, 400, 'invalid_payload')
    expect(body.faults).toMatchObject([{ path: 'kg' }])
    await refused('/v1/publish', { body: { ...bought(1), event: 'constructor' } }, 404, 'unknown_event')
    await refused('/v1/publish', { body: { ...bought(1), channel: '$user:asha' } }, 404, 'unknown_channel')
    await refused('/v1/publish', { body: { ...bought(1), more: 1 } }, 400, 'invalid_payload')
    await refused('/v1/publish', { body: { ...bought(1), channel: 'mill:\u0000' } }, 400, 'invalid_payload')
  })
})

describe('what a key may do', () => {
  it('[ING2] refuses requests without a key and with an unknown one', async () => {
    await refused('/v1/publish', { body: bought(1), key: null }, 401, 'auth_required')
    const { headers } = await refused('/v1/publish', { body: bought(1), key: 'nobody' }, 401, 'auth_invalid')
    expect(headers.get('www-authenticate')).toBe('Bearer')
    await refused('/v1/publish', { body: bought(1), headers: { authorization: 'Basic YTpi' } }, 401, 'auth_invalid')
    await refused(
      '/v1/publish',
      { body: bought(1), headers: { authorization: `Bearer ${hashApiKey('acme-secret')}` } },
      401,
      'auth_invalid',
    )
  })

  it('[ING2] [OPS2] logs who was refused what, and neither key nor anything that was sent', async () => {
    const before = site.log.lines.length
    await refused('/v1/publish', { body: bought(1), key: 'nobody' }, 401, 'auth_invalid')
    await refused('/v1/publish', { body: bought(1, { tenant: 'other-tenant' }) }, 403, 'denied')
    expect(site.log.lines.slice(before)).toEqual([
      { level: 'info', fields: { operation: 'publish', code: 'auth_invalid' }, message: 'a request to the HTTP API was refused' },
      { level: 'info', fields: { operation: 'publish', key: 'acme', code: 'denied' }, message: 'a request to the HTTP API was refused' },
    ])
  })

  it('[ING2] [TEN1] takes the tenant from the key, and from the request only where the key has it', async () => {
    expect((await publish(bought(1), { key: 'other' })).body.position.offset).toBe(1)
    expect((await publish(bought(1))).body.position.offset).toBe(1)
    expect((await publish(bought(1, { tenant: 'other' }), { key: 'both' })).body.position.offset).toBe(2)
    await refused('/v1/publish', { body: bought(1), key: 'both' }, 400, 'invalid_payload')
    for (const tenant of ['other', 'ACME', 'acme ', '__proto__'])
      await refused('/v1/publish', { body: bought(1, { tenant }) }, 403, 'denied')
    await refused('/v1/users/asha/inbox?tenant=other', {}, 403, 'denied')
    await refused('/v1/channels/mill%3A7/presence?tenant=other', {}, 403, 'denied')
    for (const path of ['revoke', 'reauthorize']) await refused(`/v1/users/asha/${path}`, { body: { tenant: 'other' } }, 403, 'denied')
    await refused('/v1/users/asha/send', { body: { tenant: 'other', event: 'hint', data: { text: '' } } }, 403, 'denied')
    await refused('/v1/notify', { body: { tenant: 'other', to: { user: 'a' }, type: 't', title: '', message: '' } }, 403, 'denied')
  })

  it('[ING2] keeps a key to its scopes and channels', async () => {
    await refused('/v1/publish', { body: bought(1), key: 'reader' }, 403, 'denied')
    expect((await ask('/v1/users/asha/inbox', { key: 'reader' })).status).toBe(200)
    expect((await publish(bought(1), { key: 'mill7' })).status).toBe(200)
    await refused('/v1/publish', { body: { ...bought(1), channel: 'mill:8' }, key: 'mill7' }, 403, 'denied')
    expect((await publish({ ...bought(1), channel: 'mill:8' }, { key: 'mills' })).status).toBe(200)
    await refused('/v1/publish', { body: { channel: 'doc:a/b', event: 'saved', data: {} }, key: 'mills' }, 403, 'denied')
    await refused('/v1/channels/doc%3Aa%2Fb/presence', { key: 'mills' }, 403, 'denied')
    await refused('/v1/notify', { body: { to: { channel: 'doc:a/b' }, type: 't', title: '', message: '' }, key: 'mills' }, 403, 'denied')
  })

  it('[ING2] [BP3] limits each key to its rate, each publication of a batch counted, and says when to come back', async () => {
    const batch = await publish({ batch: [1, 2, 3, 4].map((kg) => bought(kg)) }, { key: 'slow' })
    expect(batch.body.results.map(({ status }: { status: number }) => status)).toEqual([200, 200, 200, 429])
    const { body, headers } = await refused('/v1/publish', { body: bought(1), key: 'slow' }, 429, 'rate_limited')
    expect([headers.get('retry-after'), body.retryAfterMs, body.retry]).toEqual(['1', 1_000, true])
    expect((await publish(bought(1))).status).toBe(200)
    await site.node.clock.advance(1_000)
    expect((await publish(bought(1), { key: 'slow' })).status).toBe(200)
  })

  it('[ING2] takes the old key and the new one while they are exchanged, as one program', async () => {
    const headers = { 'idempotency-key': 'order-7' }
    const first = await publish(bought(1), { key: 'old', headers })
    expect(await publish(bought(1), { key: 'new', headers })).toMatchObject({ status: 200, body: first.body })
  })

  it('[OPS3] names the key that cannot be meant so', () => {
    const wrong = (key: Partial<ApiKey>) => () => httpApi(site.node.rt, { keys: [keyOf('k', key)] })
    expect(wrong({ id: 'a b' })).toThrow(/keys\[\].id/)
    expect(wrong({ hash: 'my-secret' })).toThrow(/keys "k" .*hashApiKey/)
    expect(wrong({ hash: 'my-secret' })).not.toThrow(/my-secret/)
    expect(wrong({ hash: [] })).toThrow(/keys "k" has a hash that is no SHA-256/)
    expect(() => httpApi(site.node.rt, { keys: [keyOf('k'), keyOf('l', { hash: [hashApiKey('l'), hashApiKey('k-secret')] })] })).toThrow(
      /keys "l" is there twice/,
    )
    expect(wrong({ tenants: [] })).toThrow(/keys "k" names no tenant/)
    expect(wrong({ scopes: [] })).toThrow(/keys "k" has no scope/)
    expect(wrong({ channels: ['shop:{id}'] })).toThrow(/unknown channel "shop:\{id\}"/)
    expect(() => httpApi(site.node.rt, { keys: [keyOf('k'), keyOf('k')] })).toThrow(/keys "k" is there twice/)
    expect(() => httpApi(site.node.rt, { keys, maxBodyBytes: 0 })).toThrow(/maxBodyBytes/)
  })
})

describe('the other calls', () => {
  it('[ING1] [INB1] notifies once per dedupe key, and shows the inbox by pages', async () => {
    const notify = {
      to: { users: ['asha', 'ravi'] },
      type: 'stock',
      title: 'Low',
      message: 'Rice\nis low',
      document: 'stock/rice',
      data: { kg: 1 },
    }
    const first = await ask('/v1/notify', { body: notify, headers: { 'idempotency-key': 'n1' } })
    expect(notifyAnswer.parse(first.body)).toMatchObject({ recipients: 2 })
    expect((await ask('/v1/notify', { body: notify, headers: { 'idempotency-key': 'n1' } })).body.recipients).toBe(0)
    expect((await ask('/v1/notify', { body: { ...notify, dedupeKey: 'd' } })).body.recipients).toBe(2)
    const page = await ask('/v1/users/asha/inbox?limit=1&unread=true')
    expect(inboxAnswer.parse(page.body)).toMatchObject({ unread: 2, notifications: [{ title: 'Low', document: 'stock/rice' }] })
    const next = await ask(`/v1/users/asha/inbox?limit=1&unread=true&cursor=${encodeURIComponent(page.body.cursor)}`)
    expect(next.body.notifications[0].id).toBe(first.body.id)
    await refused(`/v1/users/ravi/inbox?cursor=${encodeURIComponent(page.body.cursor)}`, {}, 400, 'invalid_payload')
    await refused('/v1/users/ravi/inbox?limit=0', {}, 400, 'invalid_payload')
  })

  it('[ING1] answers who is in a channel, and 204 to send, revoke and reauthorize', async () => {
    expect(presenceAnswer.parse((await ask('/v1/channels/mill%3A7/presence')).body)).toEqual({ members: [] })
    const hint = { event: 'hint', data: { text: 'x' } }
    for (const [path, body] of [
      ['send', hint],
      ['revoke', { sessionId: 's' }],
      ['reauthorize', {}],
    ] as const)
      expect(await ask(`/v1/users/asha%2F1/${path}`, { body })).toMatchObject({ status: 204, body: null })
    await refused('/v1/users/asha/send', { body: { ...hint, data: {} } }, 400, 'invalid_payload')
    await refused('/v1/users/asha/send', { body: { ...hint, event: 'toString' } }, 404, 'unknown_event')
  })

  it('[ING1] [AUTH5] sends to the connections that a user has, and ends them', async () => {
    const token = await site.node.mint({ userId: 'asha' })
    const socket = io(site.node.url, { auth: { token }, transports: ['websocket'], reconnection: false, forceNew: true })
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    const heard = new Promise((resolve) => socket.once('hint', resolve))
    expect((await ask('/v1/users/asha/send', { body: { event: 'hint', data: { text: 'hello' } } })).status).toBe(204)
    expect(await heard).toEqual({ text: 'hello' })
    const ended = new Promise<void>((resolve) => socket.once('disconnect', () => resolve()))
    expect((await ask('/v1/users/asha/revoke', { body: {}, key: 'other' })).status).toBe(204)
    expect(socket.connected).toBe(true)
    expect((await ask('/v1/users/asha/revoke', { body: {} })).status).toBe(204)
    await ended
  })

  it('[ING3] has an OpenAPI 3.1 document that a parser of others takes, with every path', async () => {
    const { body } = await ask('/v1/openapi.json', { key: null })
    expect(body).toEqual(JSON.parse(JSON.stringify(site.api.openApi)))
    expect(await validate(structuredClone(body))).toMatchObject({ valid: true })
    const read = await dereference(structuredClone(body))
    expect(Object.keys(read.paths ?? {})).toEqual([
      '/v1/publish',
      '/v1/notify',
      '/v1/users/{id}/send',
      '/v1/users/{id}/revoke',
      '/v1/users/{id}/reauthorize',
      '/v1/channels/{name}/presence',
      '/v1/users/{id}/inbox',
    ])
  })
})
