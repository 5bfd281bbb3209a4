import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { beforeEach, expect, it } from 'vitest'
import type { Identity } from '../auth/port.ts'
import { createUserPresence, type UserPresence } from './user-presence.ts'

const identity = (userId: string, tenant = 'acme'): Identity => ({ tenant, userId, roles: [], claims: {}, expiresAt: null })
const asha = identity('asha')

let clock: ManualClock
let said: string[]
let people: UserPresence<string>

beforeEach(() => {
  clock = manualClock()
  said = []
  people = createUserPresence<string>({
    clock,
    onOnline: ({ tenant, userId }) => said.push(`${tenant}/${userId} online`),
    onOffline: ({ tenant, userId }) => said.push(`${tenant}/${userId} offline`),
  })
})

it('[PRE3] fires online once per person, however many connections', () => {
  people.connected(asha, 'a1')
  people.connected(asha, 'a2')
  people.connected(asha, 'a2')
  people.connected(identity('ravi'), 'r1')
  expect(said).toEqual(['acme/asha online', 'acme/ravi online'])
  expect(people.online('acme')).toEqual([
    { userId: 'asha', connections: 2 },
    { userId: 'ravi', connections: 1 },
  ])
})

it('[PRE3] fires offline once, a grace period after the last connection', async () => {
  people.connected(asha, 'a1')
  people.connected(asha, 'a2')
  people.disconnected(asha, 'a1')
  await clock.advance(60_000)
  expect(said).toEqual(['acme/asha online'])
  people.disconnected(asha, 'a2')
  people.disconnected(asha, 'a2')
  await clock.advance(9_999)
  expect(said).toEqual(['acme/asha online'])
  expect(people.online('acme')).toEqual([{ userId: 'asha', connections: 0 }])
  await clock.advance(1)
  expect(said).toEqual(['acme/asha online', 'acme/asha offline'])
  expect(people.online('acme')).toEqual([])
  await clock.advance(60_000)
  expect(said).toHaveLength(2)
})

it('[PRE3] counts a connection once, alone or among others, and knows whose it is', () => {
  const steps: [change: 'connected' | 'disconnected', connection: string, left: string[]][] = [
    ['connected', 'a1', ['a1']],
    ['connected', 'a1', ['a1']],
    ['disconnected', 'other', ['a1']],
    ['connected', 'a2', ['a1', 'a2']],
    ['connected', 'a2', ['a1', 'a2']],
    ['disconnected', 'other', ['a1', 'a2']],
    ['disconnected', 'a1', ['a2']],
    ['connected', 'a3', ['a2', 'a3']],
    ['disconnected', 'a2', ['a3']],
    ['disconnected', 'a3', []],
  ]
  for (const [change, connection, left] of steps) {
    people[change](asha, connection)
    expect(people.connectionsOf('acme', 'asha')).toEqual(left)
    expect(people.online('acme')).toEqual([{ userId: 'asha', connections: left.length }])
  }
  expect([people.connectionsOf('globex', 'asha'), clock.pending]).toEqual([[], 1])
})

it('[PRE3] says nothing of a page reload within the grace period', async () => {
  people.connected(asha, 'a1')
  for (const connectionId of ['a2', 'a3', 'a4']) {
    people.disconnected(asha, connectionId === 'a2' ? 'a1' : connectionId === 'a3' ? 'a2' : 'a3')
    await clock.advance(9_000)
    people.connected(asha, connectionId)
  }
  await clock.advance(60_000)
  expect(said).toEqual(['acme/asha online'])
  expect(clock.pending).toBe(0)
})

it('[PRE3] fires online anew for a person who comes back after the grace period', async () => {
  people.connected(asha, 'a1')
  people.disconnected(asha, 'a1')
  await clock.advance(10_000)
  people.connected(asha, 'a2')
  expect(said).toEqual(['acme/asha online', 'acme/asha offline', 'acme/asha online'])
})

it('[TEN1] keeps people of the same id in two tenants apart', async () => {
  people.connected(identity('asha', 'acme'), 'a1')
  people.connected(identity('asha', 'globex'), 'g1')
  people.connected(identity('b/asha', 'a'), 'x1')
  people.connected(identity('asha', 'a/b'), 'x2')
  people.disconnected(asha, 'a1')
  await clock.advance(10_000)
  expect(said).toEqual(['acme/asha online', 'globex/asha online', 'a/b/asha online', 'a/b/asha online', 'acme/asha offline'])
  expect(people.online('acme')).toEqual([])
  expect(people.online('globex')).toEqual([{ userId: 'asha', connections: 1 }])
})

it('[PRE3] closes without an announcement and leaves no timer', () => {
  people.connected(asha, 'a1')
  people.connected(identity('ravi'), 'r1')
  people.disconnected(asha, 'a1')
  people.close()
  people.disconnected(identity('ravi'), 'r1')
  expect(said).toHaveLength(2)
  expect(clock.pending).toBe(0)
  expect(people.online('acme')).toEqual([])
})
