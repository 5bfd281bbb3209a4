import { describe, expect, it, vi } from 'vitest'
import { mill } from '../testing/mill-contract.ts'
import { startClient } from '../testing/start-client.ts'

const ref = mill.channels.mill({ millId: 7 })
const events = (list: readonly { readonly event: string }[]): readonly string[] => list.map(({ event }) => event)

describe('one channel, many listeners', () => {
  it('[CLI4] is one subscription on the wire; the last to leave ends it', async () => {
    const { client, server, clock, settle } = startClient()
    const heard: number[] = []
    const stops = Array.from({ length: 20 }, (_, index) => client.channel(ref).on('purchase:created', () => heard.push(index)))
    await settle()
    expect(events(server.socket.received)).toEqual(['mr:subscribe'])
    server.publish(ref.name, 'purchase:created', { id: '1', kg: 1 })
    await settle()
    expect(heard).toEqual(Array.from({ length: 20 }, (_, index) => index))

    for (const stop of stops.slice(1)) stop()
    await clock.advance(1_000)
    expect(events(server.socket.received)).toEqual(['mr:subscribe'])
    stops[0]?.()
    stops[0]?.()
    await clock.advance(1_000)
    expect(events(server.socket.received)).toEqual(['mr:subscribe', 'mr:unsubscribe'])
    expect(clock.pending).toBe(0)
  })

  it('[CON4] tells who listens to every publication also of events that the contract does not have', async () => {
    const { client, server, settle, errors } = startClient()
    const heard: string[] = []
    client.channel(ref).subscribe({
      on: { 'purchase:created': () => heard.push('typed') },
      onPublication(publication) {
        heard.push(publication.event)
        if (publication.event === 'of:tomorrow') throw new Error('a fault of its own')
      },
    })
    await settle()
    server.publish(ref.name, 'of:tomorrow', {})
    server.publish(ref.name, 'purchase:created', { id: '1', kg: 1 })
    await settle()
    expect(heard).toEqual(['of:tomorrow', 'purchase:created', 'typed'])
    expect(errors.map(({ context }) => context.event)).toEqual(['of:tomorrow'])
  })

  it('[CLI4] stays subscribed while components are mounted anew', async () => {
    const { client, server, clock, settle } = startClient()
    let stop = client.channel(ref).on('purchase:created', () => {})
    await settle()
    for (let mount = 0; mount < 1_000; mount++) {
      stop()
      await clock.advance(40)
      stop = client.channel(ref).on('purchase:created', () => {})
      await settle()
    }
    expect(events(server.socket.received)).toEqual(['mr:subscribe'])
  })

  it('[CHN4] ends unsubscribed, and subscribed, as the last call said', async () => {
    const { client, server, clock, settle } = startClient({ script: { mode: 'hand' } })
    client.connect()
    await settle()
    server.socket.welcome()
    server.travel('down')
    const heard: string[] = []
    client.channel(ref).on('purchase:created', () => heard.push('first'))()
    await clock.advance(100)
    expect(server.socket.received).toHaveLength(0)

    const stop = client.channel(ref).on('purchase:created', () => heard.push('second'))
    await settle()
    stop()
    await clock.advance(100)
    client.channel(ref).on('purchase:created', () => heard.push('third'))
    await settle()
    // The subscribe and the unsubscribe are on their way; the new subscribe waits for the goodbye.
    expect(events(server.socket.received)).toEqual(['mr:subscribe', 'mr:unsubscribe'])
    server.travel('up')
    server.travel('down')
    await settle()
    expect(events(server.socket.received)).toEqual(['mr:subscribe', 'mr:unsubscribe', 'mr:subscribe'])
    server.travel('up')
    server.travel('down')
    server.publish(ref.name, 'purchase:created', { id: '1', kg: 1 })
    server.travel('down')
    expect(heard).toEqual(['third'])
    expect(server.socket.channels).toEqual(new Set([ref.name]))
  })

  it('[CLI6] reports a listener that throws and calls the others', async () => {
    const { client, server, errors, settle } = startClient()
    const heard: string[] = []
    const wrong = new Error('a mistake of the application')
    client.channel(ref).on('purchase:created', () => {
      throw wrong
    })
    client.channel(ref).subscribe({
      load: () => {},
      on: {
        'purchase:created': ({ id }) => {
          heard.push(`feed ${id}`)
          throw wrong
        },
      },
      onGap: () => {
        throw wrong
      },
    })
    client.channel(ref).on('purchase:created', ({ id }) => heard.push(id))
    client.channel(ref).status.subscribe(() => {
      throw wrong
    })
    await settle()
    for (const id of ['1', '2']) server.publish(ref.name, 'purchase:created', { id, kg: 1 })
    await settle()
    expect(heard).toEqual(['feed 1', '1', 'feed 2', '2'])
    expect(errors.filter(({ error }) => error === wrong).map(({ context }) => context)).toContainEqual({
      during: 'listener',
      channel: ref.name,
      event: 'purchase:created',
    })
  })

  it('goes on when the reporter itself throws', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { client, server, settle } = startClient({
      onError: () => {
        throw new Error('the reporter is broken too')
      },
    })
    const heard: string[] = []
    client.channel(ref).on('purchase:created', () => {
      throw new Error('a mistake')
    })
    client.channel(ref).on('purchase:created', ({ id }) => heard.push(id))
    await settle()
    server.publish(ref.name, 'purchase:created', { id: '1', kg: 1 })
    await settle()
    expect(heard).toEqual(['1'])
    expect(said).toHaveBeenCalledTimes(2)
    said.mockRestore()
  })
})

describe('breaks', () => {
  it('[DLV1][REC1] recovers what was missed from the last position, then goes on', async () => {
    const { client, server, clock, settle } = startClient()
    const heard: (string | undefined)[] = []
    client.channel(ref).on('purchase:created', ({ id }, { position }) => heard.push(`${id}@${position?.offset}`))
    await settle()
    server.publish(ref.name, 'purchase:created', { id: 'a', kg: 1 })
    await settle()
    server.cut()
    for (const id of ['b', 'c', 'd', 'e', 'f']) server.publish(ref.name, 'purchase:created', { id, kg: 1 })
    await clock.advance(1_000)
    server.publish(ref.name, 'purchase:created', { id: 'g', kg: 1 })
    await settle()
    expect(server.sockets.at(-1)?.received[0]?.payload).toEqual({ channel: ref.name, position: { epoch: 'e1', offset: 1 } })
    expect(heard).toEqual(['a@1', 'b@2', 'c@3', 'd@4', 'e@5', 'f@6', 'g@7'])
  })

  it('[DLV1] tells each consumer of a gap exactly once', async () => {
    const { client, server, clock, settle } = startClient()
    const gaps: unknown[] = []
    for (let consumer = 0; consumer < 2; consumer++) client.channel(ref).subscribe({ onGap: (gap) => gaps.push(gap) })
    await settle()
    server.publish(ref.name, 'purchase:created', { id: 'a', kg: 1 })
    await settle()
    server.cut()
    for (const id of ['b', 'c']) server.publish(ref.name, 'purchase:created', { id, kg: 1 })
    server.trim(ref.name)
    await clock.advance(1_000)
    const gap = { why: 'expired', position: { epoch: 'e1', offset: 3 } }
    expect(gaps).toEqual([gap, gap])
    server.cut()
    await clock.advance(1_000)
    expect(gaps).toHaveLength(2)
  })

  it('[CHN3] misses nothing of an assigned channel after the welcome, however late the first listener comes', async () => {
    const { client, server, settle } = startClient()
    server.publish(ref.name, 'purchase:created', { id: 'before', kg: 1 })
    server.welcomeFields = { assigned: [{ channel: ref.name, position: server.head(ref.name) }] }
    client.connect()
    await settle()
    server.publish(ref.name, 'purchase:created', { id: 'after', kg: 1 })
    await settle()
    const heard: string[] = []
    client.channel(ref).on('purchase:created', ({ id }) => heard.push(id))
    await settle()
    expect(heard).toEqual(['after'])
  })

  it('starts from then on when it listens again after it had left', async () => {
    const { client, server, clock, settle } = startClient()
    server.welcomeFields = { assigned: [{ channel: ref.name, position: server.head(ref.name) }] }
    const heard: string[] = []
    const stop = client.channel(ref).on('purchase:created', ({ id }) => heard.push(id))
    await settle()
    stop()
    await clock.advance(100)
    server.publish(ref.name, 'purchase:created', { id: 'missed', kg: 1 })
    client.channel(ref).on('purchase:created', ({ id }) => heard.push(id))
    await settle()
    server.publish(ref.name, 'purchase:created', { id: 'heard', kg: 1 })
    await settle()
    expect(heard).toEqual(['heard'])
  })

  it('shows a refused channel, and asks again with the next connection', async () => {
    const { client, server, clock, errors, settle } = startClient()
    server.policy = () => ({ code: 'denied', message: 'not your mill', retry: false })
    const { status } = client.channel(ref)
    client.channel(ref).on('purchase:created', () => {})
    await settle()
    expect(status.getSnapshot()).toMatchObject({ state: 'refused', error: { code: 'denied' } })
    expect(errors).toMatchObject([{ error: { code: 'denied' }, context: { during: 'subscribe', channel: ref.name } }])
    server.policy = () => null
    server.cut()
    await clock.advance(1_000)
    expect(status.getSnapshot()).toEqual({ state: 'live' })
    server.socket.send('mr:unsubscribed', { channel: ref.name, error: { code: 'denied', message: 'no more', retry: false } })
    await settle()
    expect(status.getSnapshot()).toMatchObject({ state: 'refused', error: { message: 'no more' } })
  })

  it('asks again after a while where the server could not decide', async () => {
    const { client, server, clock, errors, settle } = startClient()
    server.policy = () => ({ code: 'policy_unavailable', message: 'the policy timed out', retry: true, details: { retryAfterMs: 3_000 } })
    client.channel(ref).on('purchase:created', () => {})
    await settle()
    server.policy = () => null
    await clock.advance(2_999)
    expect(client.channel(ref).status.getSnapshot()).toEqual({ state: 'subscribing' })
    await clock.advance(1)
    expect(client.channel(ref).status.getSnapshot()).toEqual({ state: 'live' })
    expect(errors).toEqual([])
  })
})

describe('retained events', () => {
  it('gives a listener the newest value per key, and each value once', async () => {
    const { client, server, clock, settle } = startClient()
    server.retain(ref.name, 'stock:level', 'paddy', { stock: 'paddy', kg: 1 })
    server.retain(ref.name, 'stock:level', 'paddy', { stock: 'paddy', kg: 2 })
    server.retain(ref.name, 'stock:level', 'rice', { stock: 'rice', kg: 3 })
    const early: number[] = []
    const late: number[] = []
    client.channel(ref).on('stock:level', ({ kg }) => early.push(kg))
    await settle()
    client.channel(ref).on('stock:level', ({ kg }) => late.push(kg))
    await settle()
    expect([early, late]).toEqual([
      [2, 3],
      [2, 3],
    ])
    server.cut()
    server.retain(ref.name, 'stock:level', 'rice', { stock: 'rice', kg: 4 })
    await clock.advance(1_000)
    expect([early, late]).toEqual([
      [2, 3, 4],
      [2, 3, 4],
    ])
  })

  it('is observed by value and by key, with a snapshot that stays the same', async () => {
    const { client, server, settle } = startClient()
    const levels = client.retained(ref, 'stock:level')
    const stats = client.retained(ref, 'dashboard:stats')
    let told = 0
    const stop = levels.subscribe(() => told++)
    await settle()
    expect(levels.getSnapshot()).toBe(levels.getSnapshot())
    expect(levels.getSnapshot().value).toBeUndefined()
    server.retain(ref.name, 'stock:level', 'rice', { stock: 'rice', kg: 4 })
    server.retain(ref.name, 'dashboard:stats', '', { total: 9 })
    server.retain(ref.name, 'stock:level', 'paddy', { stock: 'paddy', kg: 5 })
    await settle()
    expect(levels.getSnapshot()).toBe(levels.getSnapshot())
    expect(levels.getSnapshot().value).toEqual({ stock: 'paddy', kg: 5 })
    expect([...levels.getSnapshot().values.keys()]).toEqual(['rice', 'paddy'])
    expect(stats.getSnapshot().values.get('')).toEqual({ total: 9 })
    expect(told).toBeGreaterThanOrEqual(2)
    stop()
  })
})
