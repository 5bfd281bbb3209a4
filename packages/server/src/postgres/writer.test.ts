import { MillraceError } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import { describe, expect, it } from 'vitest'
import type { ChannelKey } from '../channel-key.ts'
import type { PgDatabase, PgEntry, PgMover, PgValue } from './port.ts'
import { PostgresWriter } from './writer.ts'

/** A database that takes groups, and answers when it is told. */
function fakeDatabase() {
  const groups: { readonly ids: readonly string[]; readonly answer: (error?: MillraceError) => void }[] = []
  let offset = 0
  const refuse = (): never => {
    throw new Error('a writer does not ask for this')
  }
  const database: PgDatabase = {
    rows: (_, values: readonly PgValue[] = []) =>
      new Promise((resolve, reject) => {
        // Holds: the fifth column of a group.
        const ids = values[4] as readonly string[]
        const answer = (error?: MillraceError): void => {
          if (error !== undefined) reject(error)
          else resolve([{ epoch: 'e', offsets: ids.map(() => String(++offset)).join(',') }])
        }
        groups.push({ ids, answer })
      }),
    transact: refuse,
    connect: refuse,
  }
  return { database, groups }
}

function setUp(more: { readonly maxWaiting?: number; readonly maxWaitingBytes?: number } = {}) {
  const { database, groups } = fakeDatabase()
  const turns: (() => void)[] = []
  const nothing = () => Promise.reject(new Error('nothing waits'))
  const mover: PgMover = { listen: () => undefined, look: nothing, move: nothing }
  const writer = new PostgresWriter({
    ...{ database, mover, clock: manualClock(), idempotencyWindowMs: 1 },
    ...{ nextTurn: (run) => void turns.push(run), maxWaiting: 1_000_000, maxWaitingBytes: 1_000_000_000, ...more },
  })
  const turn = async () => {
    for (const run of turns.splice(0)) run()
    for (let n = 0; n < 20; n += 1) await Promise.resolve()
  }
  return { writer, groups, turn }
}

// Holds: written as `channelKey` does.
const entry = (id: string, json = '{}'): PgEntry => ({ channel: 'a/c' as ChannelKey, event: 'e', json, id, time: 1, durable: true })
const newest = <T>(all: readonly T[]): T => {
  const last = all.at(-1)
  if (last === undefined) throw new Error('there is none')
  return last
}

describe('the writer of a PostgreSQL store', () => {
  it('makes one group of what comes in a turn, and the next of what comes while it is on its way', async () => {
    const { writer, groups, turn } = setUp()
    const first = [writer.store(entry('a')), writer.store(entry('b'))]
    await turn()
    const second = [writer.store(entry('c')), writer.store(entry('d'))]
    await turn()
    expect(groups.map(({ ids }) => ids)).toEqual([['a', 'b']])
    newest(groups).answer()
    expect((await Promise.all(first)).map(({ offset }) => offset)).toEqual([1, 2])
    await turn()
    expect(groups.map(({ ids }) => ids)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    newest(groups).answer()
    expect((await Promise.all(second)).map(({ offset }) => offset)).toEqual([3, 4])
  })

  it('bounds a group by entries and by size', async () => {
    const { writer, groups, turn } = setUp()
    const stored = Array.from({ length: 1_001 }, (_, n) => writer.store(entry(`p${n}`)))
    const large = [writer.store(entry('l1', 'x'.repeat(1_500_000))), writer.store(entry('l2', 'x'.repeat(1_500_000)))]
    for (const count of [1_000, 2, 1]) {
      await turn()
      expect(newest(groups).ids).toHaveLength(count)
      newest(groups).answer()
      await turn()
    }
    await Promise.all([...stored, ...large])
  })

  it('[LOG7] stores what it can of a group in which one value is refused', async () => {
    const { writer, groups, turn } = setUp()
    const stored = ['a', 'bad', 'c'].map((id) => writer.store(entry(id)))
    const outcomes = Promise.allSettled(stored)
    await turn()
    newest(groups).answer(new MillraceError('invalid_payload'))
    for (const id of ['a', 'bad', 'c']) {
      await turn()
      expect(newest(groups).ids).toEqual([id])
      newest(groups).answer(id === 'bad' ? new MillraceError('invalid_payload') : undefined)
    }
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  it('[HLT2] tells all of a group that it failed when the database is away, and goes on with the next', async () => {
    const { writer, groups, turn } = setUp()
    const lost = Promise.allSettled([writer.store(entry('a')), writer.store(entry('b'))])
    await turn()
    newest(groups).answer(new MillraceError('unavailable'))
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const next = writer.store(entry('c'))
    await turn()
    newest(groups).answer()
    expect((await next).offset).toBe(1)
  })

  it('refuses what is past its bounds, by number and by size', async () => {
    const byNumber = setUp({ maxWaiting: 2 })
    const waiting = [byNumber.writer.store(entry('a')), byNumber.writer.store(entry('b'))]
    await expect(byNumber.writer.store(entry('c'))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('publish more slowly'),
    })
    await byNumber.turn()
    newest(byNumber.groups).answer()
    await Promise.all(waiting)
    const bySize = setUp({ maxWaitingBytes: 10 })
    await expect(bySize.writer.store(entry('a', 'x'.repeat(11)))).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('[OUT2] runs what is to be alone between two groups', async () => {
    const { writer, groups, turn } = setUp()
    const first = writer.store(entry('a'))
    await turn()
    const order: string[] = []
    const alone = writer.alone(async () => void order.push(`alone, after ${groups.length}`))
    const second = writer.store(entry('b'))
    await turn()
    expect(order).toEqual([])
    newest(groups).answer()
    await Promise.all([first, alone])
    await turn()
    expect(order).toEqual(['alone, after 1'])
    newest(groups).answer()
    expect((await second).offset).toBe(2)
  })

  it('closes when what was taken is stored, and takes no more', async () => {
    const { writer, groups, turn } = setUp()
    const stored = writer.store(entry('a'))
    await turn()
    let closed = false
    const closing = writer.close().then(() => {
      closed = true
    })
    await expect(writer.store(entry('b'))).rejects.toMatchObject({ code: 'unavailable' })
    expect(closed).toBe(false)
    newest(groups).answer()
    await Promise.all([stored, closing])
  })
})
