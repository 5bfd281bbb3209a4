import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { type JWK, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jwt } from './jwt.ts'

interface Key {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly jwk: JWK
}
function newKey(kid: string): Key {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' } }
}
const [one, two, three] = [newKey('one'), newKey('two'), newKey('three')]

/** A JWKS document over HTTP whose answers a test decides. */
class JwksServer {
  fetches = 0
  answer: RequestListener = () => {}
  readonly #server: Server

  constructor() {
    this.#server = createServer((request, response) => {
      this.fetches++
      this.answer(request, response)
    })
  }
  serve(...keys: readonly Key[]): void {
    this.answer = (_, response) => void response.end(JSON.stringify({ keys: keys.map((key) => key.jwk) }))
  }
  fail(status: number, body = ''): void {
    this.answer = (_, response) => void response.writeHead(status).end(body)
  }
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    // Holds: a server that listens on TCP has an AddressInfo.
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}/jwks`
  }
  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

let clock: ManualClock
let server: JwksServer
let jwksUrl: string
beforeEach(async () => {
  clock = manualClock()
  server = new JwksServer()
  jwksUrl = await server.open()
})
afterEach(() => server.close())

let minted = 0
function mint(key: Key, payload: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ sub: 'asha', tenant_id: 'acme', jti: String(++minted), exp: clock.now() / 1000 + 36_000, ...payload })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid })
    .sign(key.privateKey)
}

describe('rotation', () => {
  it('[AUTH2] fetches the keys once for many tokens', async () => {
    server.serve(one, two)
    const auth = jwt({ jwksUrl, clock })
    const tokens = await Promise.all([one, two, one, two, one].map((key) => mint(key)))
    const results = await Promise.all(tokens.map((token) => auth.authenticate(token)))
    expect(results.every((result) => result.ok)).toBe(true)
    expect(server.fetches).toBe(1)
  })

  it('[AUTH2] fetches again for a key id that it does not know, but not within the cooldown', async () => {
    server.serve(one)
    const auth = jwt({ jwksUrl, clock })
    expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: true })
    server.serve(one, two)
    expect(await auth.authenticate(await mint(two))).toMatchObject({ ok: false, code: 'auth_invalid' })
    expect(server.fetches).toBe(1)
    await clock.advance(10_000)
    expect(await auth.authenticate(await mint(two))).toMatchObject({ ok: true })
    expect(server.fetches).toBe(2)
    for (let attack = 0; attack < 20; attack++)
      expect(await auth.authenticate(await mint({ ...three, kid: `made-up-${attack}` }))).toMatchObject({ ok: false, code: 'auth_invalid' })
    expect(server.fetches).toBe(2)
  })

  it('[AUTH2] drops a key that was withdrawn within ten minutes, and a remembered token of it too', async () => {
    server.serve(one, two)
    const auth = jwt({ jwksUrl, clock })
    const remembered = await mint(one)
    expect(await auth.authenticate(remembered)).toMatchObject({ ok: true })
    server.serve(two)
    await clock.advance(599_999)
    expect(await auth.authenticate(remembered)).toMatchObject({ ok: true })
    await clock.advance(1)
    expect(await auth.authenticate(await mint(two))).toMatchObject({ ok: true })
    expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: false, code: 'auth_invalid' })
    expect(await auth.authenticate(remembered)).toMatchObject({ ok: false, code: 'auth_invalid' })
  })
})

describe('outage', () => {
  it.each<[string, (server: JwksServer) => unknown]>([
    ['is down', (server) => server.close()],
    ['fails', (server) => server.fail(500)],
    ['redirects', (server) => server.fail(302)],
    ['answers no JSON', (server) => server.fail(200, '<html>')],
    ['answers no keys', (server) => server.fail(200, '{"keys":7}')],
    ['cuts the connection', (server) => (server.answer = (request) => request.socket.destroy())],
    ['does not answer', (server) => (server.answer = () => {})],
    ['stops in the middle', (server) => (server.answer = (_, response) => void response.write('{"keys":['))],
  ])('[AUTH1] says auth_unavailable while the issuer %s', async (_, lose) => {
    await lose(server)
    const auth = jwt({ jwksUrl, clock, jwks: { timeoutMs: 100 } })
    expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: false, code: 'auth_unavailable' })
  })

  it('[AUTH1] recovers by itself, and asks at most once a second meanwhile', async () => {
    server.fail(503)
    const auth = jwt({ jwksUrl, clock })
    for (let attempt = 0; attempt < 5; attempt++)
      expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: false, code: 'auth_unavailable' })
    expect(server.fetches).toBe(1)
    server.serve(one)
    await clock.advance(1_000)
    expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: true })
    expect(server.fetches).toBe(2)
  })

  it('[AUTH1] goes on with the keys at hand for an hour, then says auth_unavailable', async () => {
    server.serve(one)
    const auth = jwt({ jwksUrl, clock })
    expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: true })
    server.fail(503)
    await clock.advance(1_800_000)
    expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: true })
    expect(await auth.authenticate(await mint(two))).toMatchObject({ ok: false, code: 'auth_unavailable' })
    await clock.advance(1_800_000)
    expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: false, code: 'auth_unavailable' })
    server.serve(one)
    await clock.advance(1_000)
    expect(await auth.authenticate(await mint(one))).toMatchObject({ ok: true })
  })
})

describe('issuers', () => {
  it('[AUTH2] counts a key only for the issuer that it was fetched for', async () => {
    const other = new JwksServer()
    const otherUrl = await other.open()
    try {
      server.serve(one)
      other.serve({ ...two, kid: one.kid, jwk: { ...two.jwk, kid: one.kid } })
      const auth = jwt({
        issuers: [
          { issuer: 'https://a.example', jwksUrl },
          { issuer: 'https://b.example', jwksUrl: otherUrl },
        ],
        clock,
      })
      const twoAsOne = { ...two, kid: one.kid }
      expect(await auth.authenticate(await mint(one, { iss: 'https://a.example' }))).toMatchObject({ ok: true })
      expect(await auth.authenticate(await mint(twoAsOne, { iss: 'https://b.example' }))).toMatchObject({ ok: true })
      for (const token of [
        await mint(one, { iss: 'https://b.example' }),
        await mint(twoAsOne, { iss: 'https://a.example' }),
        await mint(one, { iss: 'https://c.example' }),
        await mint(one, { iss: '__proto__' }),
        await mint(one),
      ])
        expect(await auth.authenticate(token)).toMatchObject({ ok: false, code: 'auth_invalid' })
    } finally {
      await other.close()
    }
  })

  it('[AUTH2] does not let a symmetric key of the document verify anything', async () => {
    const k = Buffer.alloc(32, 7)
    server.fail(200, JSON.stringify({ keys: [{ kty: 'oct', kid: 'one', alg: 'HS256', k: k.toString('base64url') }] }))
    const token = await new SignJWT({ sub: 'asha', tenant_id: 'acme' }).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(k)
    expect(await jwt({ jwksUrl, clock }).authenticate(token)).toMatchObject({ ok: false, code: 'auth_invalid' })
  })
})
