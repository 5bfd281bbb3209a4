import { describe, expect, it } from 'vitest'
import { mill } from '../testing/mill-contract.ts'
import { startClient } from '../testing/start-client.ts'

const ref = mill.channels.mill({ millId: 7 })

describe('others', () => {
  it('are shown while they type, with what they say about it', async () => {
    const { client, server, settle } = startClient()
    const typing = client.typing(ref)
    typing.subscribe(() => {})
    await settle()
    server.signal(ref.name, 'typing:start', { user: { id: 'ravi', name: 'Ravi' }, entity: 'purchase' })
    server.signal(ref.name, 'typing:start', { user: { id: 'meena' } })
    server.signal(ref.name, 'typing:start', { user: { id: 'ann' } })
    server.signal(ref.name, 'typing:start', { user: 'nobody' })
    await settle()
    expect(typing.getSnapshot().typists).toMatchObject([
      { id: 'ravi', name: 'Ravi', detail: { entity: 'purchase' } },
      { id: 'meena', detail: {} },
    ])
    expect(typing.getSnapshot()).toBe(typing.getSnapshot())
    server.signal(ref.name, 'typing:stop', { user: { id: 'ravi' } })
    await settle()
    expect(typing.getSnapshot().typists).toMatchObject([{ id: 'meena' }])
  })

  it('[PRE4] are gone when the connection breaks, and after a while when nobody said that they stopped', async () => {
    const { client, server, clock, settle } = startClient()
    const typing = client.typing(ref)
    const stop = typing.subscribe(() => {})
    await settle()
    server.signal(ref.name, 'typing:start', { user: { id: 'ravi' } })
    await settle()
    await clock.advance(119_000)
    expect(typing.getSnapshot().typists).toHaveLength(1)
    await clock.advance(1_000)
    expect(typing.getSnapshot().typists).toEqual([])

    server.signal(ref.name, 'typing:start', { user: { id: 'ravi' } })
    await settle()
    server.cut()
    expect(typing.getSnapshot().typists).toEqual([])
    stop()
    await clock.advance(2_000)
    expect(clock.pending).toBe(0)
  })
})

describe('this user', () => {
  it('[PRE4] is told at the first keystroke, now and then while they go on, and when they have stopped', async () => {
    const { client, server, clock, settle } = startClient()
    client.channel(ref).on('purchase:created', () => {})
    await settle()
    const typing = client.typing(ref)
    for (let key = 0; key < 40; key++) {
      typing.start({ entity: 'purchase' })
      await clock.advance(100)
    }
    const said = () => server.socket.received.filter(({ event }) => event === 'mr:typing').map(({ payload }) => payload)
    expect(said()).toEqual([
      { channel: ref.name, active: true, detail: { entity: 'purchase' } },
      { channel: ref.name, active: true, detail: { entity: 'purchase' } },
    ])
    await clock.advance(5_000)
    expect(said().slice(2)).toEqual([{ channel: ref.name, active: false }])
    typing.stop()
    typing.start()
    typing.stop()
    expect(said().slice(3)).toEqual([
      { channel: ref.name, active: true },
      { channel: ref.name, active: false },
    ])
  })

  it('is not told about in a channel that is not subscribed, and a changed detail is told at once', async () => {
    const { client, server, settle } = startClient()
    const typing = client.typing(ref)
    typing.start({ entity: 'purchase' })
    await settle()
    typing.start({ entity: 'purchase' })
    typing.start({ entity: 'sale' })
    expect(server.socket.received.map(({ event, payload }) => [event, payload])).toEqual([
      ['mr:subscribe', { channel: ref.name }],
      ['mr:typing', { channel: ref.name, active: true, detail: { entity: 'purchase' } }],
      ['mr:typing', { channel: ref.name, active: true, detail: { entity: 'sale' } }],
    ])
    typing.stop()
  })
})
