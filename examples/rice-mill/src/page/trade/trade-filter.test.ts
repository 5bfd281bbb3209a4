import { describe, expect, it } from 'vitest'
import { purchaseKind, saleKind } from './kind.ts'
import type { Trade } from './trade.ts'
import { byDay, filterTrades, sumTrades } from './trade-filter.ts'

const now = new Date(2026, 10, 21, 14, 30).getTime()

function trade(number: number, change: Partial<Trade> = {}): Trade {
  return {
    id: `t${number}`,
    number,
    version: 1,
    party: 'Kaveri Growers',
    goods: 'Ponni',
    quantityKg: 100,
    ratePaisePerKg: 2_000,
    amountPaise: 200_000,
    day: '2026-11-21',
    note: '',
    createdAt: now,
    updatedAt: now,
    createdBy: { id: 'user-asha', name: 'Asha Nair' },
    ...change,
  }
}

describe('a search', () => {
  const rows = [trade(1), trade(2, { party: 'Selvi Traders', note: 'wet' }), trade(3, { goods: 'broken-rice' })]
  const found = (search: string, kind = purchaseKind) =>
    filterTrades(kind, rows, { search, period: 'all' }, now).map(({ number }) => number)

  it('finds by party, note, number and who entered it, all words together', () => {
    expect(found('selvi')).toEqual([2])
    expect(found('WET')).toEqual([2])
    expect(found('#3')).toEqual([3])
    expect(found('asha kaveri')).toEqual([3, 1])
    expect(found('selvi ponni dry')).toEqual([])
  })

  it('finds goods by the name that is shown', () => {
    expect(found('broken rice', saleKind)).toEqual([3])
  })
})

describe('a period', () => {
  const rows = [
    trade(1, { day: '2026-11-10' }),
    trade(2, { day: '2026-11-15' }),
    trade(4, { day: '2026-11-20' }),
    trade(3, { day: '2026-11-21' }),
  ]
  const found = (period: 'all' | 'today' | 'week') =>
    filterTrades(purchaseKind, rows, { search: '', period }, now).map(({ number }) => number)

  it('leaves the days of it, the newest day first', () => {
    expect(found('today')).toEqual([3])
    expect(found('week')).toEqual([3, 4, 2])
    expect(found('all')).toEqual([3, 4, 2, 1])
  })
})

it('sums, and puts the rows of a day together', () => {
  const rows = [trade(3), trade(2), trade(1, { day: '2026-11-20', quantityKg: 50, amountPaise: 1 })]
  expect(sumTrades(rows)).toEqual({ count: 3, kg: 250, paise: 400_001 })
  expect(byDay(rows).map(({ day, rows: ofDay }) => [day, ofDay.length])).toEqual([
    ['2026-11-21', 2],
    ['2026-11-20', 1],
  ])
})
