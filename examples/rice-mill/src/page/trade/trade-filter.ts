import { dayOf } from '../format/time.ts'
import type { TradeKind } from './kind.ts'
import type { Trade } from './trade.ts'

export type Period = 'all' | 'today' | 'week'

export interface TradeFilter {
  readonly search: string
  readonly period: Period
}

const weekMs = 6 * 86_400_000

/** The records that a search and a period leave, the newest day first. */
export function filterTrades(kind: TradeKind, rows: readonly Trade[], { search, period }: TradeFilter, now: number): Trade[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const from = period === 'all' ? '' : dayOf(period === 'today' ? now : now - weekMs)
  return rows
    .filter((trade) => {
      if (trade.day < from) return false
      if (words.length === 0) return true
      const text = `#${trade.number} ${trade.party} ${kind.goodsName(trade.goods)} ${trade.note} ${trade.createdBy.name}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .sort((a, b) => (a.day === b.day ? b.number - a.number : a.day < b.day ? 1 : -1))
}

export interface TradeSum {
  readonly count: number
  readonly kg: number
  readonly paise: number
}

export function sumTrades(rows: readonly Trade[]): TradeSum {
  return {
    count: rows.length,
    kg: rows.reduce((sum, { quantityKg }) => sum + quantityKg, 0),
    paise: rows.reduce((sum, { amountPaise }) => sum + amountPaise, 0),
  }
}

/** Rows that follow each other on the same day, together. */
export function byDay<T extends { readonly day: string }>(rows: readonly T[]): { readonly day: string; readonly rows: readonly T[] }[] {
  const groups: { day: string; rows: T[] }[] = []
  for (const row of rows) {
    const last = groups.at(-1)
    if (last?.day === row.day) last.rows.push(row)
    else groups.push({ day: row.day, rows: [row] })
  }
  return groups
}
