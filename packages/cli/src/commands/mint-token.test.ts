import { jwt } from '@millrace/server'
import { describe, expect, it } from 'vitest'
import { parseDuration } from '../duration.ts'
import { mintToken, type TokenSubject } from './mint-token.ts'

const secret = 'a secret of the tests, of 32 bytes and more'
const now = 1_700_000_000_000
const clock = { now: () => now, after: () => ({ cancel() {} }), every: () => ({ cancel() {} }) }

async function identity(subject: Partial<TokenSubject>, auth: Omit<Parameters<typeof mintToken>[1], 'secret'> = {}) {
  const minted = await mintToken({ user: 'asha', expiresInMs: 60_000, ...subject }, { ...auth, secret }, now)
  return await jwt({ ...auth, secret, clock }).authenticate(minted)
}

describe('a token for development', () => {
  it('[AUTH2] is taken by a server with the same settings, wherever its claims stand', async () => {
    expect(await identity({ tenant: 'acme', name: 'Asha', roles: ['admin'], claims: { mill: 7 } })).toMatchObject({
      ok: true,
      identity: { userId: 'asha', tenant: 'acme', name: 'Asha', roles: ['admin'], claims: { mill: 7 }, expiresAt: now + 60_000 },
    })
    const claims = { userId: 'user.id', tenant: 'https://example.com/tenant', roles: 'realm_access.roles', name: 'display' }
    expect(
      await identity({ tenant: 'acme', name: 'A', roles: ['r'] }, { claims, issuer: 'us', audience: ['mill', 'other'] }),
    ).toMatchObject({
      ok: true,
      identity: { userId: 'asha', tenant: 'acme', roles: ['r'], name: 'A' },
    })
    expect(await identity({}, { claims: { tenant: { fixed: 'acme' } } })).toMatchObject({ ok: true, identity: { tenant: 'acme' } })
  })

  it('[AUTH2] is not made where the tenant can not be said', () => {
    const make =
      (subject: Partial<TokenSubject>, auth = {}) =>
      () =>
        mintToken({ user: 'a', expiresInMs: 1, ...subject }, { ...auth, secret }, now)
    expect(make({})).toThrow('the token names no tenant: add --tenant NAME')
    expect(make({ tenant: 'b' }, { claims: { tenant: { fixed: 'acme' } } })).toThrow('fixes the tenant to "acme": leave --tenant out')
  })

  it('[AUTH4] lives as long as was said', () => {
    expect(['90s', '15m', '1h', '7d', '5ms'].map(parseDuration)).toEqual([90_000, 900_000, 3_600_000, 604_800_000, 5])
    expect(['', '1', 'h', '1.5h', '-1h', '1w', '1 h'].map(parseDuration)).toEqual(Array.from({ length: 7 }, () => null))
  })
})
