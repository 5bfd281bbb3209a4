import type { Figure } from './scenario.ts'

export interface Row {
  readonly scenario: string
  readonly label: string
  readonly unit: string
  readonly better: Figure['better']
  readonly stock: number
  readonly millrace: number
  readonly note: string
}

const format = (value: number): string =>
  value >= 1_000
    ? Math.round(value).toLocaleString('en')
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(2)

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2
}

/** A Markdown table, so that it can be read here and pasted there. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ label, unit, stock, millrace, better, note }) => {
    const ratio = better === 'lower' ? millrace / stock : stock / millrace
    const verdict = ratio <= 1 ? `${(1 / ratio).toFixed(2)} × better` : `${ratio.toFixed(2)} × worse`
    return [label, `${format(stock)} ${unit}`, `${format(millrace)} ${unit}`, verdict, note]
  })
  const all = [['', 'socket.io 4.8', 'millrace', 'millrace is', 'socket.io here'], ...cells]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(all[0] ?? []), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n')
}
