import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mill } from '../testing/mill-contract.ts'
import { type StartOptions, startClient } from '../testing/start-client.ts'
import { changeRows, type RowChange, remove, upsert } from './row-change.ts'

const ref = mill.channels.mill({ millId: 7 })
type Purchase = { readonly id: string; readonly kg: number }

function open(options: StartOptions = {}) {
  const started = startClient(options)
  const table = new Map<string, Purchase>([['a', { id: 'a', kg: 1 }]])
  const loads: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  const list = started.client.liveList(ref, {
    load: () =>
      new Promise<Purchase[]>((resolve, reject) => {
        const rows = [...table.values()]
        loads.push({ resolve: () => resolve(rows), reject })
      }),
    key: (row) => row.id,
    apply: { 'purchase:created': (purchase) => upsert(purchase), 'purchase:deleted': ({ id }) => remove(id) },
  })
  const seen: string[] = []
  const stop = list.subscribe(() => seen.push(list.getSnapshot().status))
  return {
    ...started,
    list,
    loads,
    seen,
    stop,
    table,
    keys: () => [...list.getSnapshot().rows.keys()],
    /** A change in the table, with its event. */
    create(id: string, kg = 1) {
      table.set(id, { id, kg })
      started.server.publish(ref.name, 'purchase:created', { id, kg })
    },
  }
}

describe('rows', () => {
  it('[REC4] are the snapshot with every later change, none twice and none missing', async () => {
    const { list, loads, create, seen, keys, server, settle } = open()
    expect(list.getSnapshot()).toMatchObject({ status: 'loading' })
    await settle()
    // Between the snapshot's reading and its arrival; the first of them is in neither or both.
    create('b')
    server.publish(ref.name, 'purchase:deleted', { id: 'a' })
    await settle()
    expect(list.getSnapshot()).toMatchObject({ status: 'loading' })
    loads[0]?.resolve()
    await settle()
    expect(keys()).toEqual(['b'])
    const shown = list.getSnapshot()
    expect(shown).toBe(list.getSnapshot())
    create('b')
    create('c')
    server.signal(ref.name, 'typing:start', {})
    await settle()
    expect(keys()).toEqual(['b', 'c'])
    expect([...shown.rows.keys()]).toEqual(['b'])
    expect(seen.at(-1)).toBe('live')
  })

  it('are stale while the connection is away or a gap is being closed', async () => {
    const { list, loads, create, keys, server, clock, settle } = open()
    await settle()
    loads[0]?.resolve()
    await settle()
    expect(list.getSnapshot().status).toBe('live')
    server.cut()
    expect(list.getSnapshot().status).toBe('stale')
    expect(keys()).toEqual(['a'])
    create('b')
    server.trim(ref.name)
    await clock.advance(1_000)
    expect(list.getSnapshot().status).toBe('stale')
    loads[1]?.resolve()
    await settle()
    expect(list.getSnapshot().status).toBe('live')
    expect(keys()).toEqual(['a', 'b'])
  })

  it('stay while they are loaded again', async () => {
    const { list, loads, keys, settle, table } = open()
    await settle()
    loads[0]?.resolve()
    await settle()
    table.set('z', { id: 'z', kg: 1 })
    list.reload()
    await settle()
    expect([list.getSnapshot().status, keys()]).toEqual(['stale', ['a']])
    loads[1]?.resolve()
    await settle()
    expect([list.getSnapshot().status, keys()]).toEqual(['live', ['a', 'z']])
  })

  it('say why they are not there', async () => {
    const { list, loads, clock, settle, server } = open()
    await settle()
    const fault = new Error('no database')
    loads[0]?.reject(fault)
    await settle()
    expect(list.getSnapshot()).toMatchObject({ status: 'failed', error: fault })
    await clock.advance(1_000)
    loads[1]?.resolve()
    await settle()
    expect(list.getSnapshot().status).toBe('live')
    server.socket.send('mr:unsubscribed', { channel: ref.name, error: { code: 'denied', message: 'no more', retry: false } })
    await settle()
    expect(list.getSnapshot()).toMatchObject({ status: 'refused', error: { code: 'denied' } })
  })

  it('[CLI6] survive a change that cannot be applied', async () => {
    const { client, server, errors, settle } = startClient()
    const list = client.liveList(ref, {
      load: () => [] as Purchase[],
      key: (row) => row.id,
      apply: {
        'purchase:created': (purchase) => {
          if (purchase.id === 'bad') throw new Error('a mistake')
          return [upsert(purchase), remove('nothing')]
        },
        'purchase:deleted': () => null,
      },
    })
    list.subscribe(() => {})
    await settle()
    for (const id of ['a', 'bad', 'b']) server.publish(ref.name, 'purchase:created', { id, kg: 1 })
    server.publish(ref.name, 'purchase:deleted', { id: 'a' })
    await settle()
    expect([...list.getSnapshot().rows.keys()]).toEqual(['a', 'b'])
    expect(errors).toHaveLength(1)
  })

  it('[CLI3] are let go with the last who looks', async () => {
    const { list, loads, stop, server, clock, settle } = open()
    await settle()
    loads[0]?.resolve()
    await settle()
    stop()
    expect(list.getSnapshot()).toMatchObject({ status: 'loading' })
    await clock.advance(1_000)
    expect(server.socket.channels.size).toBe(0)
    expect(clock.pending).toBe(0)
  })
})

it('comes to the same rows when changes are applied again', () => {
  const change: fc.Arbitrary<RowChange<number, { id: number; v: number }>> = fc.oneof(
    fc.record({ id: fc.nat(5), v: fc.nat(9) }).map((row) => upsert(row)),
    fc.nat(5).map((key) => remove(key)),
  )
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const once = new Map<number, { id: number; v: number }>()
      changeRows(once, changes, (row) => row.id)
      const twice = new Map(once)
      changeRows(twice, changes, (row) => row.id)
      expect(twice).toEqual(once)
    }),
    { seed: 7 },
  )
})
