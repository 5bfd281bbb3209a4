import { describe, expect, it } from 'vitest'
import { mill } from '../testing/mill-contract.ts'
import { startClient } from '../testing/start-client.ts'
import { idlePresence, reducePresence } from './presence-state.ts'

const ref = mill.channels.mill({ millId: 7 })
const member = (userId: string, joinedAt = 1, state: unknown = null) => ({ userId, state, connections: 1, joinedAt })

describe('who is here', () => {
  it('[PRE1] begins with sync and follows each change', () => {
    let view = reducePresence(idlePresence, { channel: 'c', kind: 'join', member: member('early') })
    expect(view).toBe(idlePresence)
    view = reducePresence(view, { channel: 'c', kind: 'sync', members: [member('b', 2), member('a', 1)] })
    expect(view).toMatchObject({ status: 'live', members: [{ userId: 'a' }, { userId: 'b' }] })
    view = reducePresence(view, { channel: 'c', kind: 'join', member: member('c', 3) })
    view = reducePresence(view, { channel: 'c', kind: 'update', member: member('a', 1, 'busy') })
    view = reducePresence(view, { channel: 'c', kind: 'leave', userId: 'b' })
    expect(view.members).toEqual([member('a', 1, 'busy'), member('c', 3)])
    expect(reducePresence(view, { channel: 'c', kind: 'leave', userId: 'b' })).toBe(view)
  })

  it('[PRE5] takes changes that come together', () => {
    const changes = (members: ReturnType<typeof member>[], left: string[]) => ({ channel: 'c', kind: 'changes' as const, members, left })
    expect(reducePresence(idlePresence, changes([member('a')], []))).toBe(idlePresence)
    let view = reducePresence(idlePresence, { channel: 'c', kind: 'sync', members: [member('a', 1), member('b', 2)] })
    view = reducePresence(view, changes([member('d', 4), member('a', 1, 'busy'), member('c', 3)], ['b', 'nobody']))
    expect(view.members).toEqual([member('a', 1, 'busy'), member('c', 3), member('d', 4)])
    expect(reducePresence(view, changes([], ['nobody']))).toBe(view)
  })

  it('[PRE1] is shown to who only looks', async () => {
    const { client, server, settle } = startClient()
    const presence = client.presence(ref)
    presence.subscribe(() => {})
    expect(presence.getSnapshot()).toEqual(idlePresence)
    await settle()
    expect(presence.getSnapshot()).toEqual({ status: 'live', members: [] })
    server.socket.send('mr:presence', { channel: ref.name, kind: 'join', member: member('ravi') })
    await settle()
    expect(presence.getSnapshot().members).toEqual([member('ravi')])
  })

  it('joins with the subscription, updates within it, and leaves with a new one', async () => {
    const { client, server, settle } = startClient()
    const heard: string[] = []
    client.channel(ref).on('purchase:created', ({ id }) => heard.push(id))
    const presence = client.presence(ref)
    presence.subscribe(() => {})
    const join = presence.join({ screen: 'purchases' })
    await settle()
    expect(server.socket.received.map(({ payload }) => payload)).toEqual([
      { channel: ref.name, presence: { state: { screen: 'purchases' } } },
    ])
    expect(presence.getSnapshot()).toMatchObject({ status: 'live', members: [{ userId: 'ann', state: { screen: 'purchases' } }] })

    join.update({ screen: 'purchases' })
    join.update({ screen: 'sales' })
    await settle()
    expect(server.socket.received.slice(1)).toMatchObject([
      { event: 'mr:presence-update', payload: { channel: ref.name, state: { screen: 'sales' } } },
    ])

    server.publish(ref.name, 'purchase:created', { id: 'a', kg: 1 })
    await settle()
    let told = 0
    client.channel(ref).status.subscribe(() => told++)
    join.leave()
    join.leave()
    await settle()
    expect(server.socket.received.slice(2)).toMatchObject([
      { event: 'mr:unsubscribe' },
      { event: 'mr:subscribe', payload: { channel: ref.name, position: { offset: 1 } } },
    ])
    // The stream goes on; that the subscription was made anew is nobody's business.
    server.publish(ref.name, 'purchase:created', { id: 'b', kg: 1 })
    await settle()
    expect(heard).toEqual(['a', 'b'])
    expect(told).toBe(0)
  })

  it('shows what the last of several components says', async () => {
    const { client, server, settle } = startClient()
    const first = client.presence(ref).join({ screen: 'one' })
    const second = client.presence(ref).join({ screen: 'two' })
    await settle()
    second.leave()
    await settle()
    expect(server.socket.received.map(({ payload }) => payload)).toEqual([
      { channel: ref.name, presence: { state: { screen: 'two' } } },
      { channel: ref.name, state: { screen: 'one' } },
    ])
    first.leave()
  })

  it('[PRE1] is stale while the connection is away, and joins again', async () => {
    const { client, server, clock, settle } = startClient()
    const presence = client.presence(ref)
    presence.subscribe(() => {})
    presence.join({ screen: 'one' })
    await settle()
    server.cut()
    expect(presence.getSnapshot()).toMatchObject({ status: 'stale', members: [{ userId: 'ann' }] })
    await clock.advance(1_000)
    expect(presence.getSnapshot().status).toBe('live')
    expect(server.socket.received[0]?.payload).toMatchObject({ presence: { state: { screen: 'one' } } })
  })
})
