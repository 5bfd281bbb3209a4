import { expect, it } from 'vitest'
import { type Flushable, Flusher } from './flusher.ts'

/** An event loop that turns when it is told to. */
function subject() {
  let soon: (() => void)[] = []
  let later: (() => void)[] = []
  const flushed: string[] = []
  const flusher = new Flusher({ soon: (run) => soon.push(run), later: (run) => later.push(run) })
  const run = (list: (() => void)[]) => {
    for (const each of list) each()
  }
  return {
    flusher,
    flushed,
    connection: (name: string, tenant = 'acme'): Flushable => ({ tenant, flush: () => flushed.push(name) }),
    /** The code that runs now is done. */
    settle() {
      const due = soon
      soon = []
      run(due)
    },
    /** The turn of the event loop is over. */
    turn() {
      const due = later
      later = []
      run(due)
    },
    idle: () => soon.length + later.length === 0,
    taken: () => flushed.splice(0),
  }
}

it('[DLV4] flushes at once what comes first in a turn, and the rest once, at its end', () => {
  const { flusher, connection, settle, turn, taken, idle } = subject()
  flusher.add(connection('a'))
  settle()
  expect(taken()).toEqual(['a'])
  flusher.add(connection('a again'))
  flusher.add(connection('b'))
  settle()
  expect(taken()).toEqual([])
  turn()
  expect(taken()).toEqual(['a again', 'b'])
  turn()
  turn()
  expect(idle()).toBe(true)
  flusher.add(connection('c'))
  settle()
  expect(taken()).toEqual(['c'])
})

it('[TEN3] gives tenants their turn while one of them has many connections', () => {
  const { flusher, connection, settle, turn, taken } = subject()
  for (let n = 0; n < 1_000; n++) flusher.add(connection(`loud ${n}`, 'loud'))
  flusher.add(connection('quiet', 'quiet'))
  settle()
  const first = taken()
  expect(first.indexOf('quiet')).toBeLessThan(32)
  expect(first).toHaveLength(256)
  flusher.add(connection('quiet later', 'quiet'))
  turn()
  expect(taken().indexOf('quiet later')).toBeLessThan(32)
  const rest: string[] = []
  for (let turns = 0; turns < 10; turns++) {
    turn()
    rest.push(...taken())
  }
  expect(rest.at(-1)).toBe('loud 999')
})

it('shares batches that begin in the same turn', () => {
  const { flusher, connection, settle } = subject()
  const { start } = flusher
  expect(flusher.start).toBe(start)
  flusher.add(connection('a'))
  settle()
  expect(flusher.start).not.toBe(start)
})
