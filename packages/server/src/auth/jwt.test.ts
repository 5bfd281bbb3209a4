import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { type CryptoKey, SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../configuration-error.ts'
import { jwt } from './jwt.ts'
import type { JwtOptions } from './jwt-options.ts'

const secret = 'a-secret-of-the-tests-that-is-long-enough'
const secretBytes = new TextEncoder().encode(secret)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()

let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
})
const seconds = (): number => clock.now() / 1000

interface Minted {
  readonly payload?: Record<string, unknown>
  readonly key?: KeyObject | CryptoKey | Uint8Array
  readonly alg?: string
}
function mint({ payload = {}, key = secretBytes, alg = 'HS256' }: Minted = {}): Promise<string> {
  return new SignJWT({ sub: 'asha', tenant_id: 'acme', exp: seconds() + 600, ...payload }).setProtectedHeader({ alg }).sign(key)
}
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('keys and algorithms', () => {
  it('[AUTH2] accepts HS256 by a shared secret, given as text or bytes', async () => {
    const token = await mint()
    expect(await jwt({ secret, clock }).authenticate(token)).toMatchObject({ ok: true, identity: { userId: 'asha', tenant: 'acme' } })
    expect(await jwt({ secret: secretBytes, clock }).authenticate(token)).toMatchObject({ ok: true })
  })

  it('[AUTH2] accepts RS256 and ES256 by a public key in PEM or JWK', async () => {
    const byRsa = await mint({ key: rsa.privateKey, alg: 'RS256' })
    const byEc = await mint({ key: ec.privateKey, alg: 'ES256' })
    const subjects: [JwtOptions, string][] = [
      [{ publicKey: pem(rsa.publicKey), algorithm: 'RS256', clock }, byRsa],
      [{ publicKey: rsa.publicKey.export({ format: 'jwk' }), algorithm: 'RS256', clock }, byRsa],
      [{ publicKey: pem(ec.publicKey), algorithm: 'ES256', clock }, byEc],
      [{ publicKey: ec.publicKey.export({ format: 'jwk' }), algorithm: 'ES256', clock }, byEc],
    ]
    for (const [options, token] of subjects) expect(await jwt(options).authenticate(token)).toMatchObject({ ok: true })
  })

  it('[AUTH2] pins the algorithm: no other one counts, whatever it was signed with', async () => {
    const publicKey = pem(rsa.publicKey)
    const byPublicKey = jwt({ publicKey, algorithm: 'RS256', clock })
    const bySecret = jwt({ secret, clock })
    const body = base64({ sub: 'asha', tenant_id: 'acme', exp: seconds() + 600 })
    const confused = `${base64({ alg: 'HS256' })}.${body}`
    const forged = `${confused}.${createHmac('sha256', publicKey).update(confused).digest('base64url')}`
    const refused: [typeof bySecret, string][] = [
      [byPublicKey, forged],
      [byPublicKey, await mint()],
      [byPublicKey, await mint({ key: rsa.privateKey, alg: 'PS256' })],
      [byPublicKey, await mint({ key: rsa.privateKey, alg: 'RS512' })],
      [byPublicKey, `${base64({ alg: 'none' })}.${body}.`],
      [bySecret, `${base64({ alg: 'none' })}.${body}.`],
      [bySecret, `${base64({ alg: 'None' })}.${body}.`],
      [bySecret, await mint({ alg: 'HS512', key: new Uint8Array(64).fill(7) })],
      [bySecret, await mint({ key: rsa.privateKey, alg: 'RS256' })],
    ]
    for (const [auth, token] of refused) expect(await auth.authenticate(token)).toMatchObject({ ok: false, code: 'auth_invalid' })
  })

  it('[AUTH2] refuses a token that was signed with another key or changed afterwards', async () => {
    const auth = jwt({ secret, clock })
    const token = await mint()
    const [header, , signature] = token.split('.')
    const changed = `${header}.${base64({ sub: 'admin', tenant_id: 'acme' })}.${signature}`
    const other = await mint({ key: new TextEncoder().encode('another secret that is long enough too') })
    for (const bad of [changed, other, `${token}x`, token.slice(0, -2)])
      expect(await auth.authenticate(bad)).toMatchObject({ ok: false, code: 'auth_invalid' })
  })

  it('[AUTH1] refuses whatever is no token, and never throws', async () => {
    const auth = jwt({ secret, clock })
    const hostile = ['', '.', '..', '...', 'a.b.c', '\u0000', '💥'.repeat(10), `${base64({ alg: 'HS256' })}.${base64([])}.x`]
    // Holds: what a client sends may be anything, whatever the types say.
    const untyped = [null, undefined, 7, {}, [], Symbol('x')] as unknown as string[]
    for (const token of [...hostile, ...untyped]) expect(await auth.authenticate(token)).toMatchObject({ ok: false, code: 'auth_invalid' })
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join('.')),
        ),
        async (token) => {
          expect(await auth.authenticate(token)).toMatchObject({ ok: false, code: 'auth_invalid' })
        },
      ),
      { seed: 7, numRuns: 300 },
    )
  })

  it('[AUTH1] refuses a token over 16 KB without looking into it', async () => {
    const auth = jwt({ secret, clock })
    const result = await auth.authenticate(await mint({ payload: { padding: 'x'.repeat(20_000) } }))
    expect(result).toEqual({ ok: false, code: 'auth_invalid', reason: 'the token is longer than 16384 characters' })
  })

  it('[OPS2] gives reasons that hold nothing of the token', async () => {
    const auth = jwt({ secret, clock, issuer: 'https://id.example', audience: 'mill' })
    const tokens = [
      await mint({ payload: { iss: 'evil-issuer-value', aud: 'mill' } }),
      await mint({ payload: { iss: 'https://id.example', aud: 'evil-audience-value' } }),
      `${base64({ alg: 'evil-alg-value' })}.${base64({ sub: 'evil-sub-value' })}.evilsignaturevalue`,
      `${base64({ alg: 'HS256', crit: ['evil-crit-value'] })}.${base64({})}.evil`,
    ]
    for (const token of tokens) {
      const result = await auth.authenticate(token)
      expect(result).toMatchObject({ ok: false, code: 'auth_invalid' })
      expect(JSON.stringify(result)).not.toMatch(/evil-(issuer|audience|alg|sub)-value|eyJ/)
    }
  })
})

describe('what a token must say', () => {
  it('[AUTH2] checks issuer and audience where they are configured', async () => {
    const auth = jwt({ secret, clock, issuer: 'https://id.example', audience: ['mill', 'mill-admin'] })
    const good = { iss: 'https://id.example', aud: 'mill' }
    expect(await auth.authenticate(await mint({ payload: good }))).toMatchObject({ ok: true })
    expect(await auth.authenticate(await mint({ payload: { ...good, aud: ['x', 'mill-admin'] } }))).toMatchObject({ ok: true })
    for (const payload of [
      {},
      { iss: good.iss },
      { aud: 'mill' },
      { ...good, iss: 'https://id.example/' },
      { ...good, aud: 'mil' },
      { ...good, aud: [] },
      { ...good, aud: ['x'] },
    ])
      expect(await auth.authenticate(await mint({ payload }))).toMatchObject({ ok: false, code: 'auth_invalid' })
  })

  it('[AUTH1] says auth_expired from the moment of expiry, without tolerance', async () => {
    const auth = jwt({ secret, clock, clockToleranceSeconds: 60 })
    const token = await mint({ payload: { exp: seconds() + 10 } })
    await clock.advance(9_999)
    expect(await auth.authenticate(token)).toMatchObject({ ok: true })
    await clock.advance(1)
    expect(await auth.authenticate(token)).toMatchObject({ ok: false, code: 'auth_expired' })
    expect(await auth.authenticate(token)).toMatchObject({ ok: false, code: 'auth_expired' })
    expect(await jwt({ secret, clock }).authenticate(token)).toMatchObject({ ok: false, code: 'auth_expired' })
    await clock.advance(3_600_000)
    expect(await auth.authenticate(token)).toMatchObject({ ok: false, code: 'auth_expired' })
  })

  it('[AUTH1] says auth_invalid of an expired token that nobody vouches for', async () => {
    const token = await mint({ payload: { exp: seconds() - 10 }, key: new TextEncoder().encode('another secret that is long enough too') })
    expect(await jwt({ secret, clock }).authenticate(token)).toMatchObject({ ok: false, code: 'auth_invalid' })
  })

  it('[AUTH2] allows the issuer’s clock to be ahead by the tolerance', async () => {
    const auth = jwt({ secret, clock })
    expect(await auth.authenticate(await mint({ payload: { nbf: seconds() + 5 } }))).toMatchObject({ ok: true })
    expect(await auth.authenticate(await mint({ payload: { nbf: seconds() + 6 } }))).toMatchObject({ ok: false, code: 'auth_invalid' })
  })

  it('[AUTH2] knows when the rights end: milliseconds, or null for a token without expiry', async () => {
    const auth = jwt({ secret, clock })
    const exp = seconds() + 60
    expect(await auth.authenticate(await mint({ payload: { exp } }))).toMatchObject({ ok: true, identity: { expiresAt: exp * 1000 } })
    expect(await auth.authenticate(await mint({ payload: { exp: undefined } }))).toMatchObject({ ok: true, identity: { expiresAt: null } })
    expect(await auth.authenticate(await mint({ payload: { exp: '9999999999' } }))).toMatchObject({ ok: false, code: 'auth_invalid' })
  })
})

describe('memory of verified tokens', () => {
  it('[AUTH2] answers a token that it knows with the same identity', async () => {
    const auth = jwt({ secret, clock })
    const token = await mint()
    const first = await auth.authenticate(token)
    const second = await auth.authenticate(token)
    expect(first.ok && second.ok && first.identity === second.identity).toBe(true)
    await clock.advance(600_000 - 1)
    const third = await jwt({ secret, clock, cacheMaxTokens: 0 }).authenticate(token)
    expect(third).toEqual(first)
  })

  it('[AUTH2] remembers what a key of the configuration has verified until it expires', async () => {
    const day = 24 * 3_600
    const subjects: [JwtOptions, Minted][] = [
      [{ secret, clock }, {}],
      [
        { publicKey: pem(ec.publicKey), algorithm: 'ES256', clock },
        { key: ec.privateKey, alg: 'ES256' },
      ],
    ]
    const exp = seconds() + day
    const tokens = await Promise.all(subjects.map(([, minted]) => mint({ ...minted, payload: { exp } })))
    const auths = subjects.map(([options]) => jwt(options))
    const ask = () => Promise.all(auths.map((auth, index) => auth.authenticate(tokens[index] ?? '')))
    const first = await ask()
    await clock.advance(day * 1_000 - 1)
    const last = await ask()
    expect(last.map((result, index) => result.ok && first[index]?.ok && result.identity === first[index].identity)).toEqual([true, true])
    await clock.advance(1)
    expect(await ask()).toMatchObject([{ code: 'auth_expired' }, { code: 'auth_expired' }])
  })

  it('[AUTH2] verifies a token once, however many come with it in the same moment', async () => {
    const auth = jwt({ secret, clock })
    const token = await mint()
    const results = await Promise.all(Array.from({ length: 20 }, () => auth.authenticate(token)))
    expect(new Set(results.map((result) => result.ok && result.identity)).size).toBe(1)
    expect(results[0]).toMatchObject({ ok: true, identity: { userId: 'asha' } })
  })

  it('[AUTH2] remembers no refusal', async () => {
    const auth = jwt({ secret, clock })
    const early = await mint({ payload: { nbf: seconds() + 60 } })
    const ask = () => Promise.all([auth.authenticate(early), auth.authenticate(early)])
    expect(await ask()).toMatchObject([{ code: 'auth_invalid' }, { code: 'auth_invalid' }])
    await clock.advance(60_000)
    expect(await ask()).toMatchObject([{ ok: true }, { ok: true }])
  })
})

describe('configuration', () => {
  const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  // Holds: configuration may come from a file, where types say nothing.
  const untyped = (options: unknown): JwtOptions => options as JwtOptions

  it.each<[string, string, JwtOptions]>([
    ['a short secret', 'auth.secret', { secret: 'x'.repeat(31) }],
    ['a secret that is not set', 'auth.secret', untyped({ secret: undefined })],
    ['no key', 'auth', untyped({})],
    ['two kinds of key', 'auth', untyped({ secret, jwksUrl: 'https://id.example/jwks' })],
    [
      'a private key',
      'auth.publicKey',
      { publicKey: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), algorithm: 'RS256' },
    ],
    ['a private JWK', 'auth.publicKey', { publicKey: ec.privateKey.export({ format: 'jwk' }), algorithm: 'ES256' }],
    ['a key that is no key', 'auth.publicKey', { publicKey: 'not a key', algorithm: 'RS256' }],
    ['a symmetric JWK', 'auth.publicKey', { publicKey: { kty: 'oct', k: 'c2VjcmV0' }, algorithm: 'RS256' }],
    ['a weak key', 'auth.publicKey', { publicKey: pem(weakRsa.publicKey), algorithm: 'RS256' }],
    ['an algorithm of another kind of key', 'auth.publicKey', { publicKey: pem(rsa.publicKey), algorithm: 'ES256' }],
    ['an algorithm of another curve', 'auth.publicKey', { publicKey: pem(p384.publicKey), algorithm: 'ES256' }],
    ['a symmetric algorithm', 'auth.algorithm', untyped({ publicKey: pem(rsa.publicKey), algorithm: 'HS256' })],
    ['the algorithm none', 'auth.algorithms', untyped({ jwksUrl: 'https://id.example/jwks', algorithms: ['none'] })],
    ['no algorithm', 'auth.algorithms', { jwksUrl: 'https://id.example/jwks', algorithms: [] }],
    ['an address that is none', 'auth.jwksUrl', { jwksUrl: 'id.example/jwks' }],
    ['an address of a file', 'auth.jwksUrl', { jwksUrl: 'file:///etc/passwd' }],
    ['no issuers', 'auth.issuers', { issuers: [] }],
    [
      'an issuer twice',
      'auth.issuers.1.issuer',
      { issuers: ['1', '2'].map((jwks) => ({ issuer: 'a', jwksUrl: `https://a.example/${jwks}` })) },
    ],
    ['issuer beside issuers', 'auth.issuer', { issuers: [{ issuer: 'a', jwksUrl: 'https://a.example/jwks' }], issuer: 'a' }],
    ['a tolerance that is none', 'auth.clockToleranceSeconds', { secret, clockToleranceSeconds: -1 }],
    ['a cache that is none', 'auth.cacheMaxTokens', { secret, cacheMaxTokens: Number.NaN }],
    ['an empty fixed tenant', 'auth.claims.tenant.fixed', { secret, claims: { tenant: { fixed: ' ' } } }],
  ])('[OPS3] stops at %s with one line that names the setting', (_, setting, options) => {
    const start = (): unknown => jwt(options)
    expect(start).toThrow(ConfigurationError)
    expect(start).toThrow(expect.objectContaining({ setting, message: expect.stringMatching(new RegExp(`^${setting} [^\\n]+: [^\\n]+$`)) }))
    expect(start).not.toThrow(/xxxxx|c2VjcmV0/)
  })
})
