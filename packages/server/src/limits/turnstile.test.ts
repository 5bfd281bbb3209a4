import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Turnstile, type TurnstileOptions } from './turnstile.ts'

/** An event loop by hand. */
function subject(options: Pick<TurnstileOptions, 'perTurn' | 'maxWaiting'>) {
  let due: (() => void)[] = []
  const turnstile = new Turnstile({ ...options, nextTurn: (run) => void due.push(run) })
  const passed: number[] = []
  return {
    turnstile,
    passed,
    enter: (visitor: number, gone = () => false): boolean =>
      turnstile.enter(() => {
        if (gone()) return false
        passed.push(visitor)
        return true
      }),
    /** False: nothing was left to run. */
    turn(): boolean {
      const now = due
      due = []
      for (const run of now) run()
      return now.length > 0
    },
  }
}

describe('a turnstile', () => {
  it('[BP5] lets pass at once while few come, without a wait', () => {
    const { turnstile, enter, passed, turn } = subject({ perTurn: 2, maxWaiting: 0 })
    for (let visitor = 0; visitor < 10; visitor++) {
      expect(enter(visitor)).toBe(true)
      expect(passed).toHaveLength(visitor + 1)
      if (visitor % 2 === 1) turn()
    }
    expect(turnstile.waiting).toBe(0)
  })

  it('[BP5] lets so many pass in a turn, and the others in their order in the next ones', () => {
    const { turnstile, enter, passed, turn } = subject({ perTurn: 3, maxWaiting: 100 })
    for (let visitor = 0; visitor < 8; visitor++) enter(visitor)
    expect([passed, turnstile.waiting]).toEqual([[0, 1, 2], 5])
    turn()
    expect(passed).toEqual([0, 1, 2, 3, 4, 5])
    enter(8)
    turn()
    expect(passed).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('[BP5] sends away who comes while as many wait as may', () => {
    const { enter, passed, turn } = subject({ perTurn: 1, maxWaiting: 2 })
    expect([0, 1, 2, 3, 4].map((visitor) => enter(visitor))).toEqual([true, true, true, false, false])
    while (turn());
    expect(passed).toEqual([0, 1, 2])
    expect(enter(5)).toBe(true)
  })

  it('[BP5] spends no turn on those who have gone', () => {
    const { turnstile, enter, passed, turn } = subject({ perTurn: 2, maxWaiting: 1_000 })
    for (let visitor = 0; visitor < 1_000; visitor++) enter(visitor, () => visitor % 100 !== 0)
    turn()
    turn()
    expect(passed).toEqual([0, 100, 200, 300, 400, 500])
    expect(turnstile.waiting).toBe(499)
  })

  it('[BP5] keeps turning for those who wait when one of them fails', () => {
    const { turnstile, enter, passed, turn } = subject({ perTurn: 1, maxWaiting: 9 })
    enter(0)
    turnstile.enter(() => {
      throw new Error('against the rules')
    })
    enter(1)
    expect(turn).toThrow('against the rules')
    turn()
    expect(passed).toEqual([0, 1])
  })

  it('[BP5] rests when nobody waits', () => {
    const { enter, turn } = subject({ perTurn: 1, maxWaiting: 9 })
    enter(0)
    enter(1)
    expect([turn(), turn(), turn()]).toEqual([true, true, false])
  })

  it('[BP5] keeps order, rate and bound under any arrivals', () => {
    const arrivals = fc.array(fc.record({ come: fc.nat({ max: 12 }), turns: fc.nat({ max: 3 }) }), { maxLength: 40 })
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 4 }), fc.nat({ max: 10 }), (steps, perTurn, maxWaiting) => {
        const { turnstile, enter, passed, turn } = subject({ perTurn, maxWaiting })
        const taken: number[] = []
        let visitor = 0
        let before = 0
        for (const { come, turns } of steps) {
          for (let each = 0; each < come; each++) if (enter(++visitor)) taken.push(visitor)
          expect(turnstile.waiting).toBeLessThanOrEqual(maxWaiting)
          expect(passed.length - before).toBeLessThanOrEqual(perTurn)
          for (let each = 0; each < turns; each++) {
            before = passed.length
            turn()
            expect(passed.length - before).toBeLessThanOrEqual(perTurn)
          }
          if (turns === 0) continue
          // What passes before the next turn belongs to this one.
          expect(passed).toEqual(taken.slice(0, passed.length))
        }
        while (turn());
        expect(passed).toEqual(taken)
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})
