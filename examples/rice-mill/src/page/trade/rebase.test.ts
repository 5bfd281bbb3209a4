import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rebase, take } from './rebase.ts'
import type { TradeDraft } from './trade.ts'

const fields = ['party', 'goods', 'quantityKg', 'ratePaisePerKg', 'day', 'note'] as const
const base: TradeDraft = { party: 'Kaveri', goods: 'Ponni', quantityKg: 1_000, ratePaisePerKg: 2_300, day: '2026-11-21', note: '' }

describe('a form that is open while somebody else saves', () => {
  it('takes over what only they changed, and keeps what only I changed', () => {
    const mine = { ...base, note: 'wet' }
    const theirs = { ...base, quantityKg: 1_200 }
    expect(rebase(base, mine, theirs)).toEqual({ draft: { ...base, note: 'wet', quantityKg: 1_200 }, taken: ['quantityKg'], clashes: [] })
  })

  it('leaves my value where both changed a field, and says so', () => {
    const mine = { ...base, ratePaisePerKg: 2_390, note: 'wet' }
    const theirs = { ...base, ratePaisePerKg: 2_310 }
    const { draft, taken, clashes } = rebase(base, mine, theirs)
    expect({ draft, taken, clashes }).toEqual({ draft: mine, taken: [], clashes: ['ratePaisePerKg'] })
    expect(take(draft, theirs, clashes)).toEqual({ ...mine, ratePaisePerKg: 2_310 })
  })

  it('sees no clash where both wrote the same: the answer to my own save was lost', () => {
    const saved = { ...base, quantityKg: 900 }
    expect(rebase(base, saved, saved)).toEqual({ draft: saved, taken: [], clashes: [] })
  })

  it('loses nobody’s change, whatever was changed', () => {
    const draft = fc.record({
      party: fc.constantFrom('a', 'b'),
      goods: fc.constantFrom('a', 'b'),
      quantityKg: fc.constantFrom(1, 2, null),
      ratePaisePerKg: fc.constantFrom(1, 2, null),
      day: fc.constantFrom('', '2026-11-21'),
      note: fc.constantFrom('', 'x', 'y'),
    })
    fc.assert(
      fc.property(draft, draft, draft, (from, mine, theirs) => {
        const { draft: result, taken, clashes } = rebase(from, mine, theirs)
        for (const field of fields) {
          const iChanged = mine[field] !== from[field]
          const theyChanged = theirs[field] !== from[field]
          if (iChanged) expect(result[field]).toBe(mine[field])
          else expect(result[field]).toBe(theirs[field])
          expect(taken.includes(field)).toBe(theyChanged && !iChanged)
          expect(clashes.includes(field)).toBe(iChanged && theyChanged && mine[field] !== theirs[field])
        }
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})
