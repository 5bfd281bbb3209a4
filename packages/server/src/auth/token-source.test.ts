import { expect, it } from 'vitest'
import { tokenFrom } from './token-source.ts'

const all = { auth: { token: 'by-auth' }, headers: { authorization: 'Bearer by-header', cookie: 'a=b; session=by-cookie' } }
const cookie = { cookie: 'session' }

it('[AUTH3] takes the token from the first configured place that has one', () => {
  expect(tokenFrom(all)).toBe('by-auth')
  expect(tokenFrom({ ...all, auth: {} })).toBe('by-header')
  expect(tokenFrom({ auth: undefined, headers: { cookie: 'session=by-cookie' } })).toBeNull()
  expect(tokenFrom(all, [cookie, 'auth'])).toBe('by-cookie')
  expect(tokenFrom(all, ['header'])).toBe('by-header')
  expect(tokenFrom({ auth: {}, headers: {} }, ['auth', 'header', cookie])).toBeNull()
  expect(tokenFrom(all, [])).toBeNull()
})

it('[AUTH3] never takes it from the query string', () => {
  const handshake = { ...all, auth: {}, headers: {}, query: { token: 'by-query' }, url: '/socket.io/?token=by-query' }
  expect(tokenFrom(handshake, ['auth', 'header', { cookie: 'token' }])).toBeNull()
})

it.each([
  ['auth', null],
  ['auth', 'text'],
  ['auth', { token: 7 }],
  ['auth', { token: '' }],
  ['auth', { token: { toString: 'x' } }],
  ['auth', ['token']],
  ['auth', Object.create({ token: 'inherited' })],
])('[AUTH3] takes nothing from an %s of %j', (_, auth) => {
  expect(tokenFrom({ auth, headers: {} })).toBeNull()
})

it('[AUTH3] takes auth.token as it is', () => {
  expect(tokenFrom({ auth: { token: 'Bearer x' }, headers: {} })).toBe('Bearer x')
})

it('[AUTH3] reads the Authorization header of the Bearer scheme alone', () => {
  const from = (authorization: string): string | null => tokenFrom({ auth: {}, headers: { authorization } })
  expect(from('bearer x.y-z_')).toBe('x.y-z_')
  expect(from('BEARER   x')).toBe('x')
  for (const other of ['', 'Bearer', 'Bearer ', 'Basic x', 'xBearer y', 'Bearer x y', 'Bearer x, Bearer y', 'x'])
    expect(from(other)).toBeNull()
})

it('[AUTH3] reads the cookie of exactly this name', () => {
  const from = (header: string): string | null => tokenFrom({ auth: {}, headers: { cookie: header } }, [cookie])
  expect(from('session=x')).toBe('x')
  expect(from('a=1;session="x" ; b=2')).toBe('x')
  expect(from('session=x=y')).toBe('x=y')
  expect(from('session=first; session=second')).toBe('first')
  for (const other of ['', 'session', 'session=', 'xsession=x', 'session2=x', 'a="; session=x'.replace('; ', ';x'), ';;=;', '=x'])
    expect(from(other)).toBeNull()
})
