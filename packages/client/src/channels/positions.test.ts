import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mill } from '../testing/mill-contract.ts'
import { scriptedServer } from '../testing/scripted-server.ts'
import { startClient } from '../testing/start-client.ts'
import { type PositionStorage, parsePositions, serializePositions } from './positions.ts'

const ref = mill.channels.mill({ millId: 7 })

function memoryStorage(entries = new Map<string, string>()): PositionStorage & { readonly entries: Map<string, string> } {
  return {
    entries,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  }
}

describe('what is stored', () => {
  it('[REC5] is read back as it was', () => {
    const position = fc.record({ epoch: fc.string({ minLength: 1, maxLength: 8 }), offset: fc.nat() })
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), position, { noNullPrototype: true, maxKeys: 20 }), (user, entries) => {
        const positions = new Map(Object.entries(entries))
        expect(parsePositions(serializePositions({ user, positions }), 200)).toEqual({ user, positions })
      }),
      { seed: 7 },
    )
  })

  it('[REC5] is ignored where it is not what the client writes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parsePositions(text, 200)),
      { seed: 7 },
    )
    for (const text of ['', '{', 'null', '[]', '{"user":1,"positions":[]}', '{"user":"a","positions":{}}'])
      expect(parsePositions(text, 200)).toBeNull()
    const mixed = '{"user":"a","positions":[["x","e",1],["y"],null,["z","e",-1.5],[1,"e",1]]}'
    expect(parsePositions(mixed, 200)).toEqual({ user: 'a', positions: new Map([['x', { epoch: 'e', offset: 1 }]]) })
    expect(parsePositions('{"user":"a","positions":[["x","e",1],["y","e",2]]}', 1)?.positions.size).toBe(1)
  })
})

describe('a reload', () => {
  it('[REC5] goes on from the last position', async () => {
    const server = scriptedServer()
    const storage = memoryStorage()
    const before = startClient({ server, positions: storage })
    before.client.channel(ref).on('purchase:created', () => {})
    await before.settle()
    server.publish(ref.name, 'purchase:created', { id: 'a', kg: 1 })
    await before.settle()
    // The page goes before the next write is due.
    server.environment.signal('hidden')
    server.cut()
    server.publish(ref.name, 'purchase:created', { id: 'b', kg: 1 })

    const after = startClient({ server, positions: storage })
    const heard: string[] = []
    after.client.channel(ref).on('purchase:created', ({ id }) => heard.push(id))
    await after.settle()
    expect(heard).toEqual(['b'])
  })

  it('[REC5] never takes the positions of another user, nor of another server', async () => {
    const server = scriptedServer()
    const storage = memoryStorage()
    const first = startClient({ server, positions: storage })
    first.client.channel(ref).on('purchase:created', () => {})
    await first.settle()
    server.publish(ref.name, 'purchase:created', { id: 'a', kg: 1 })
    await first.clock.advance(500)
    first.client.close()
    expect(storage.entries.size).toBe(1)

    const elsewhere = startClient({ server, positions: storage, url: 'https://other.test' })
    elsewhere.client.channel(ref).on('purchase:created', () => {})
    await elsewhere.clock.advance(500)
    expect(server.socket.received[0]?.payload).toEqual({ channel: ref.name })

    server.user = { id: 'ravi', roles: [] }
    const second = startClient({ server, positions: storage })
    second.client.channel(ref).on('purchase:created', () => {})
    await second.settle()
    expect(server.socket.received[0]?.payload).toEqual({ channel: ref.name })
    await second.clock.advance(500)
    // One entry per server: the newest user's.
    expect([...storage.entries.values()].filter((text) => text.includes('"ann"'))).toHaveLength(1)
    expect(storage.entries.size).toBe(2)
  })

  it('writes now and then, not with each publication', async () => {
    const storage = memoryStorage()
    let writes = 0
    const counting: PositionStorage = {
      ...storage,
      setItem(key, value) {
        writes++
        storage.setItem(key, value)
      },
    }
    const { client, server, clock, settle } = startClient({ positions: counting })
    client.channel(ref).on('purchase:created', () => {})
    await settle()
    for (let index = 0; index < 100; index++) {
      server.publish(ref.name, 'purchase:created', { id: 'a', kg: 1 })
      await clock.advance(10)
    }
    expect(writes).toBeLessThanOrEqual(2)
    await clock.advance(500)
    expect([...storage.entries.values()][0]).toContain('100')
  })

  it('works with a storage that is full or forbidden', async () => {
    const forbidden: PositionStorage = {
      getItem: () => {
        throw new Error('forbidden')
      },
      setItem: () => {
        throw new Error('full')
      },
      removeItem: () => {
        throw new Error('forbidden')
      },
    }
    const { client, server, clock, errors, settle } = startClient({ positions: forbidden })
    const heard: string[] = []
    client.channel(ref).on('purchase:created', ({ id }) => heard.push(id))
    await settle()
    server.publish(ref.name, 'purchase:created', { id: 'a', kg: 1 })
    await clock.advance(500)
    expect(heard).toEqual(['a'])
    expect(errors.map(({ context }) => context.during)).toEqual(['positions', 'positions'])
  })

  it('keeps the most recent channels when there are very many, and forgets those that nobody listens to', async () => {
    const storage = memoryStorage()
    const { client, clock } = startClient({ positions: storage })
    const stops = Array.from({ length: 250 }, (_, index) =>
      client.channel(mill.channels.mill({ millId: index + 1 })).on('purchase:created', () => {}),
    )
    await clock.advance(500)
    expect(parsePositions([...storage.entries.values()][0] ?? null, 1_000)?.positions.size).toBe(200)
    for (const stop of stops) stop()
    await clock.advance(1_000)
    expect(storage.entries.size).toBe(0)
  })
})
