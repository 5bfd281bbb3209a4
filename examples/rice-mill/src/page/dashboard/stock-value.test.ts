import { expect, it } from 'vitest'
import type { Purchase, Sale, Stock } from '../../contract.ts'
import { latestRates, stockValue } from './stock-value.ts'

// Holds: the functions read these fields alone.
const purchase = (ratePaisePerKg: number) => ({ ratePaisePerKg }) as Purchase
const sale = (stockType: Sale['stockType'], ratePaisePerKg: number) => ({ stockType, ratePaisePerKg }) as Sale
const stock = (stockType: Stock['stockType'], quantity: number) => ({ stockType, quantity }) as Stock

it('values the stock at what was last paid for it, and what was never traded at nothing', () => {
  const rates = latestRates([purchase(2_300), purchase(2_100)], [sale('rice', 4_400), sale('bran', 900), sale('rice', 4_000)])
  expect(Object.fromEntries(rates)).toEqual({ paddy: 2_300, rice: 4_400, bran: 900 })
  expect(stockValue([stock('paddy', 10), stock('rice', 2), stock('husk', 500)], rates)).toBe(10 * 2_300 + 2 * 4_400)
})
