import { expect, it } from 'vitest'
import { frozenClaims, mapClaims } from './claims.ts'

const payload = { sub: 'asha', tenant_id: 'acme' }

it('[AUTH2] maps claims to the identity', () => {
  const full = { ...payload, name: 'Asha', roles: ['MANAGER', 'USER'], sid: 's1', exp: 1_700_000_000, plant: 7 }
  expect(mapClaims(full)).toEqual({
    ok: true,
    identity: {
      tenant: 'acme',
      userId: 'asha',
      name: 'Asha',
      roles: ['MANAGER', 'USER'],
      claims: full,
      sessionId: 's1',
      expiresAt: 1_700_000_000_000,
    },
  })
})

it('[AUTH2] maps by configuration: other names, paths, names with dots, one role as text, a fixed tenant', () => {
  const keycloak = {
    user_id: 'u7',
    'https://example.com/tenant': 'globex',
    realm_access: { roles: ['OWNER'] },
    role: 'SUPER_ADMIN',
    profile: { full: { name: 'Ravi' } },
  }
  const names = { userId: 'user_id', tenant: 'https://example.com/tenant', roles: 'realm_access.roles', name: 'profile.full.name' }
  expect(mapClaims(keycloak, names)).toMatchObject({
    ok: true,
    identity: { userId: 'u7', tenant: 'globex', roles: ['OWNER'], name: 'Ravi', expiresAt: null },
  })
  expect(mapClaims({ sub: 'asha', role: 'ADMIN' }, { tenant: { fixed: 'rice-mill' }, roles: 'role' })).toMatchObject({
    ok: true,
    identity: { tenant: 'rice-mill', roles: ['ADMIN'] },
  })
})

it.each([
  ['no user', { tenant_id: 'acme' }],
  ['an empty user', { ...payload, sub: '' }],
  ['a blank user', { ...payload, sub: '  ' }],
  ['a user that is a number', { ...payload, sub: 7 }],
  ['a user that is a list', { ...payload, sub: ['asha'] }],
  ['an endless user', { ...payload, sub: 'x'.repeat(257) }],
  ['no tenant', { sub: 'asha' }],
  ['a tenant that is null', { ...payload, tenant_id: null }],
  ['an empty tenant', { ...payload, tenant_id: '' }],
  ['a tenant that is an object', { ...payload, tenant_id: { toString: 'acme' } }],
  ['roles that are an object', { ...payload, roles: { 0: 'ADMIN' } }],
  ['roles that are not all text', { ...payload, roles: ['USER', 7] }],
])('[TEN1] refuses %s', (_, claims) => {
  // Holds: a payload is whatever the token's issuer wrote.
  expect(mapClaims(claims as Record<string, unknown>)).toMatchObject({ ok: false })
})

it('[TEN1] takes the tenant from the token only, never from what objects inherit', () => {
  for (const path of ['constructor.name', '__proto__.constructor.name', 'toString.name'])
    expect(mapClaims(payload, { tenant: path })).toMatchObject({ ok: false })
})

it('[AUTH2] gives claims that inherit nothing and change nothing else', () => {
  const hostile: unknown = JSON.parse(
    '{"sub":"asha","tenant_id":"acme","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"deep":{"list":[1]}}',
  )
  // Holds: JSON.parse of an object.
  const mapped = mapClaims(hostile as Record<string, unknown>)
  if (!mapped.ok) throw new Error(mapped.reason)
  const { claims } = mapped.identity
  expect(Reflect.get(claims, 'admin')).toBeUndefined()
  expect(Reflect.get(claims, 'toString')).toBeUndefined()
  expect(Object.hasOwn(claims, '__proto__')).toBe(false)
  expect(Reflect.get({}, 'admin')).toBeUndefined()
  expect(Object.isFrozen(claims) && Object.isFrozen(Reflect.get(claims, 'deep'))).toBe(true)
  expect(Object.isFrozen(mapped.identity) && Object.isFrozen(mapped.identity.roles)).toBe(true)
})

it('[AUTH2] copes with claims that nest deeper than the stack', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  expect(mapClaims({ ...payload, deep })).toMatchObject({ ok: true })
})

it('[AUTH2] lays later claims over earlier ones', () => {
  expect(frozenClaims({ a: 1, b: 1 }, { b: 2 })).toEqual({ a: 1, b: 2 })
})
