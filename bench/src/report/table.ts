import { type SubjectName, subjectNames } from '../subject.ts'
import { medianOf, type Row } from './row.ts'
import { judge } from './targets.ts'

const columns: Readonly<Record<SubjectName, string>> = { stock: 'socket.io 4.8', ws: 'ws alone', floor: 'C loop', millrace: 'millrace' }
/** From here on the load generator may be what was measured. */
const loadLimit = 0.85
/** From here on others took so much of a core that the figure is rough. */
const othersLimit = 0.15
/** What is longer stands below the table alone. */
const cellLength = 20

const percent = (share: number): string => `${Math.round(share * 100)} %`

function number(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (value >= 1_000) return Math.round(value).toLocaleString('en')
  if (value === 0) return '0'
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toPrecision(2)
}

/** Half of what lies between the lowest and the highest round, as a share of the median. */
function spread(values: readonly number[], middle: number): string {
  if (values.length < 2 || middle === 0) return ''
  return ` ±${percent((Math.max(...values) - Math.min(...values)) / 2 / Math.abs(middle))}`
}

const fitsCell = (failure: string): boolean => failure.length <= cellLength

function marks(row: Row, subject: SubjectName): string {
  const marked = [(row.loadShare[subject] ?? 0) > loadLimit ? '†' : '', (row.othersShare[subject] ?? 0) > othersLimit ? '‡' : ''].join('')
  return marked === '' ? '' : ` ${marked}`
}

function cell(row: Row, subject: SubjectName): string {
  const value = medianOf(row, subject)
  const failure = row.failures[subject]
  if (value === null) return failure === undefined ? '' : fitsCell(failure) ? failure : 'failed'
  return `${[number(value), row.unit].join(' ').trim()}${spread(row.values[subject] ?? [], value)}${marks(row, subject)}`
}

/** A verdict is as rough as the figures behind it. */
function verdicts(row: Row): string {
  const rough = Object.values(row.othersShare).some((share) => share > othersLimit) ? ' ‡' : ''
  return judge(row)
    .map(({ text, verdict }) => `${text}: ${verdict === 'missed' ? '**missed**' : verdict}${rough}`)
    .join('; ')
}

function ratio(row: Row): string {
  const [stock, millrace] = [medianOf(row, 'stock'), medianOf(row, 'millrace')]
  return stock === null || millrace === null || stock === 0 ? '' : number(millrace / stock)
}

/** A Markdown table, so that it can be read here and pasted there; below it what a reader must know of single cells. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.label, ...subjectNames.map((subject) => cell(row, subject)), ratio(row), verdicts(row)])
  const all = [['', ...subjectNames.map((subject) => columns[subject]), 'millrace ÷ stock', 'target'], ...cells]
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const notes = notesOf(rows)
  return [
    line(all[0] ?? []),
    line(widths.map((width) => '-'.repeat(width))),
    ...cells.map(line),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ].join('\n')
}

/** One of each kind for a scenario and a subject: the rows of a measurement have the same to say. */
function notesOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ scenario }) => scenario))].flatMap((scenario) =>
    subjectNames.flatMap((subject) => {
      const own = rows.filter((row) => row.scenario === scenario)
      const worst = (share: 'loadShare' | 'othersShare'): number => Math.max(...own.map((row) => row[share][subject] ?? 0))
      const [load, others, failure] = [worst('loadShare'), worst('othersShare'), own[0]?.failures[subject]]
      const where = `${scenario}, ${columns[subject]}`
      return [
        ...(load > loadLimit ? [`- † ${where}: load generator at its limit (${percent(load)} of its core)`] : []),
        ...(others > othersLimit ? [`- ‡ ${where}: other processes took ${percent(others)} of a core meanwhile`] : []),
        ...(failure === undefined || fitsCell(failure) ? [] : [`- ${where}: a round failed: ${failure.replaceAll('\n', ' ')}`]),
      ]
    }),
  )
}
