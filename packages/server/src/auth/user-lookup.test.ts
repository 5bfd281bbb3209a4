import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { beforeEach, expect, it } from 'vitest'
import type { LoadedUser } from '../options.ts'
import type { Identity } from './port.ts'
import { createUserLookup, type UserLookupOptions } from './user-lookup.ts'

const identity: Identity = {
  tenant: 'acme',
  userId: 'asha',
  name: 'Token name',
  roles: ['USER'],
  claims: { plant: 1, shift: 'day' },
  sessionId: 's1',
  expiresAt: 9,
}

let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
})
const lookup = (loadUser: UserLookupOptions['loadUser']) => createUserLookup({ loadUser, clock, timeoutMs: 5_000 })(identity)

it('[AUTH1] admits an active user, as the token says', async () => {
  expect(await lookup(async () => ({ active: true }))).toEqual({ ok: true, identity })
  expect(await lookup(() => ({ active: true }))).toEqual({ ok: true, identity })
  expect(clock.pending).toBe(0)
})

it('[AUTH1] lays what the application knows over what the token says', async () => {
  const claims = { shift: 'night', millId: 'mill-1' }
  expect(await lookup(async () => ({ active: true, name: 'Asha', roles: ['MANAGER'], claims }))).toEqual({
    ok: true,
    identity: { ...identity, name: 'Asha', roles: ['MANAGER'], claims: { plant: 1, shift: 'night', millId: 'mill-1' } },
  })
  expect(Object.isFrozen(claims)).toBe(false)
})

it('[TEN1] lets the application change neither tenant nor user', async () => {
  // Holds: an application without types may answer more than a LoadedUser.
  const row = { active: true, tenant: 'globex', userId: 'admin', expiresAt: null } as LoadedUser
  expect(await lookup(() => row)).toEqual({ ok: true, identity })
})

it.each<[string, unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['an inactive user', { active: false }],
  ['a user without a word on it', { name: 'Asha' }],
  ['a truthy active', { active: 1 }],
])('[AUTH1] answers auth_inactive for %s', async (_, user) => {
  // Holds: an application without types may answer anything.
  expect(await lookup(async () => user as LoadedUser)).toMatchObject({ ok: false, code: 'auth_inactive' })
})

it.each<[string, UserLookupOptions['loadUser']]>([
  ['rejects', () => Promise.reject(new Error('select * from users where password = 1'))],
  [
    'throws',
    () => {
      throw new Error('select * from users where password = 1')
    },
  ],
  // Holds: an application without types may answer anything.
  ['answers roles that are no list', () => ({ active: true, roles: 'ADMIN' as unknown as string[] })],
  ['answers claims that cannot be copied', () => ({ active: true, claims: { run: () => {} } })],
])('[AUTH1] fails closed when the lookup %s', async (_, loadUser) => {
  const result = await lookup(loadUser)
  expect(result).toMatchObject({ ok: false, code: 'auth_unavailable' })
  expect(JSON.stringify(result)).not.toContain('select')
  expect(clock.pending).toBe(0)
})

it('[AUTH1] fails closed when the lookup takes too long, whatever it answers later', async () => {
  const { promise, resolve } = promiseOf<LoadedUser>()
  const result = lookup(() => promise)
  await clock.advance(5_000)
  resolve({ active: true })
  expect(await result).toMatchObject({ ok: false, code: 'auth_unavailable' })

  const failing = promiseOf<LoadedUser>()
  const second = lookup(() => failing.promise)
  await clock.advance(5_000)
  failing.reject(new Error('too late'))
  expect(await second).toMatchObject({ ok: false, code: 'auth_unavailable' })
  expect(clock.pending).toBe(0)
})

function promiseOf<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } = { resolve() {}, reject() {} }
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}
