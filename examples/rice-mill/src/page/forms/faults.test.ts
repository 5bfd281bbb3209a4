import { describe, expect, it } from 'vitest'
import { newPurchase } from '../../contract/inputs.ts'
import { check, faultsOf } from './faults.ts'

const good = { supplier: 'Kaveri', variety: 'Ponni', quantityKg: 100, ratePaisePerKg: 2_000, note: '' }

describe('a form', () => {
  it('is checked with the schema of the server, and says what is wrong in words', () => {
    expect(check(newPurchase, good)).toMatchObject({ ok: true })
    expect(
      check(newPurchase, { ...good, supplier: ' ', quantityKg: null, ratePaisePerKg: 0, day: '2026-13-01' }, { supplier: 'party' }),
    ).toEqual({
      ok: false,
      faults: { party: 'Fill this in', quantityKg: 'Fill this in', ratePaisePerKg: 'At least 1', day: 'Give a day' },
    })
  })

  it('shows what the server finds at the fields that it belongs to', () => {
    expect(faultsOf([{ path: 'supplier', message: 'No such supplier' }], { supplier: 'party' })).toEqual({ party: 'No such supplier' })
  })
})
