import { expect, it } from 'vitest'
import type { Figure } from '../scenario.ts'
import type { SubjectName } from '../subject.ts'
import { type Outcome, rowsOf } from './row.ts'
import { table } from './table.ts'

const figure = (key: string, value: number, account?: Figure['account']): Figure => ({
  key,
  label: `what ${key} is`,
  unit: 'µs',
  better: 'lower',
  value,
  ...(account && { account }),
})
const outcome = (subject: SubjectName, ...figures: Figure[]): Outcome => ({ subject, figures })
const cells = (line: string | undefined): string[] => (line ?? '').split('|').map((cell) => cell.trim())

it('gives medians with their spread, and the ratio to stock', () => {
  const outcomes = [8, 10, 9].flatMap((value) => [outcome('stock', figure('x', value)), outcome('millrace', figure('x', value / 2))])
  const [, , row] = table(rowsOf('other', outcomes)).split('\n')
  expect(cells(row)).toEqual(['', 'what x is', '9.00 µs ±11 %', '', '', '4.50 µs ±11 %', '0.50', '', ''])
})

it('tells of each target whether it was reached', () => {
  const rows = (millrace: number) =>
    rowsOf('perTurn', [
      outcome('stock', figure('cpu', 8)),
      outcome('floor', figure('cpu', 0.5)),
      outcome('millrace', figure('cpu', millrace)),
    ])
  expect(table(rows(0.7))).toContain('≤ 1/8 of stock: reached; ≤ 1.5 × the C loop: reached')
  expect(table(rows(0.9))).toContain('≤ 1/8 of stock: reached; ≤ 1.5 × the C loop: **missed**')
  expect(table(rows(1.1))).toContain('≤ 1/8 of stock: **missed**; ≤ 1.5 × the C loop: **missed**')
  expect(table(rowsOf('perTurn', [outcome('millrace', figure('cpu', 0.5))]))).toContain('≤ 1/8 of stock: not measured')
})

it('keeps what was measured when something fails, and says what it was', () => {
  const failed: Outcome = { subject: 'ws', failure: '3 connections | ended\nsoon' }
  const rows = rowsOf('burst', [outcome('stock', figure('x', 8)), failed, outcome('millrace', figure('x', 2))])
  const [, , row] = table(rows).split('\n')
  expect(cells(row).slice(2, 6)).toEqual(['8.00 µs', 'failed', '', '2.00 µs'])
  expect(table(rowsOf('burst', [failed]))).toContain('| burst')
  expect(table(rowsOf('burst', [outcome('stock', figure('x', 8)), { subject: 'floor', failure: 'no C compiler' }]))).toMatch(
    /8.00 µs +\| +\| no C compiler \|/,
  )
  const partly = table(rowsOf('burst', [outcome('ws', figure('x', 8)), failed]))
  expect(partly).toContain('8.00 µs')
  for (const text of [partly, table(rows)]) expect(text).toContain('- burst, ws alone: a round failed: 3 connections | ended soon')
})

it('marks what the load generator or others have disturbed, once per measurement', () => {
  const busy = { serverMs: 1, loadShare: 0.93, othersShare: 0.4 }
  const text = table(rowsOf('burst', [outcome('ws', figure('x', 8, busy), figure('y', 9, busy))]))
  expect(text).toContain('8.00 µs †‡')
  expect(text.match(/load generator at its limit \(93 % of its core\)/g)).toHaveLength(1)
  expect(text.match(/other processes took 40 % of a core/g)).toHaveLength(1)
  const judged = (account: Figure['account']) => table(rowsOf('idle', [outcome('millrace', figure('memory', 11, account))]))
  expect(judged(busy)).toContain('≤ 12 KB: reached ‡')
  const quiet = { serverMs: 1, loadShare: 0.5, othersShare: 0.05 }
  expect(table(rowsOf('burst', [outcome('ws', figure('x', 8, quiet))]))).not.toMatch(/[†‡]/)
  expect(judged(quiet)).toMatch(/≤ 12 KB: reached +\|/)
})
