import { type SubjectName, subjectNames } from '../subject.ts'
import { medianOf, type Row } from './row.ts'
import { judge } from './targets.ts'

const columns: Readonly<Record<SubjectName, string>> = { stock: 'socket.io 4.8', ws: 'ws alone', floor: 'C loop', millrace: 'millrace' }
/** From here on the load generator may be what was measured. */
const loadLimit = 0.85

function number(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (value >= 1_000) return Math.round(value).toLocaleString('en')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** Half of what lies between the lowest and the highest round, as a share of the median. */
function spread(values: readonly number[], middle: number): string {
  if (values.length < 2 || middle === 0) return ''
  return ` ±${Math.round(((Math.max(...values) - Math.min(...values)) / 2 / Math.abs(middle)) * 100)} %`
}

function cell(row: Row, subject: SubjectName): string {
  const value = medianOf(row, subject)
  const failure = row.failures[subject]
  if (value === null) return failure === undefined ? '' : `failed: ${failure.replaceAll('|', '/').replaceAll('\n', ' ')}`
  const limited = (row.loadShare[subject] ?? 0) > loadLimit ? ' †' : ''
  return `${number(value)} ${row.unit}${spread(row.values[subject] ?? [], value)}${limited}`
}

function ratio(row: Row): string {
  const [stock, millrace] = [medianOf(row, 'stock'), medianOf(row, 'millrace')]
  return stock === null || millrace === null || stock === 0 ? '' : number(millrace / stock)
}

/** A Markdown table, so that it can be read here and pasted there; below it what a reader must know of single cells. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.label,
    ...subjectNames.map((subject) => cell(row, subject)),
    ratio(row),
    judge(row)
      .map(({ text, verdict }) => `${text}: ${verdict === 'missed' ? '**missed**' : verdict}`)
      .join('; '),
  ])
  const all = [['', ...subjectNames.map((subject) => columns[subject]), 'millrace ÷ stock', 'target'], ...cells]
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(all[0] ?? []), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line), ...notes(rows)].join('\n')
}

function notes(rows: readonly Row[]): string[] {
  const limited = rows.flatMap(({ label, loadShare }) =>
    subjectNames
      .filter((subject) => (loadShare[subject] ?? 0) > loadLimit)
      .map(
        (subject) =>
          `- † ${label}, ${columns[subject]}: load generator at its limit (${Math.round((loadShare[subject] ?? 0) * 100)} % of its core)`,
      ),
  )
  const partial = rows.flatMap((row) =>
    subjectNames
      .filter((subject) => row.failures[subject] !== undefined && medianOf(row, subject) !== null)
      .map((subject) => `- ${row.label}, ${columns[subject]}: a round failed: ${row.failures[subject]}`),
  )
  const found = [...limited, ...partial]
  return found.length === 0 ? [] : ['', ...found]
}
