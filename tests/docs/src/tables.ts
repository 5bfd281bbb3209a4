import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './documents.ts'

export type Row = readonly string[]

/** The rows, without the heading, of the first table that stands in `text` after the heading `after`. */
export function tableAfter(path: string, after: string): readonly Row[] {
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  const heading = lines.indexOf(after)
  if (heading < 0) throw new Error(`${path} has no line "${after}"`)
  const first = lines.findIndex((line, index) => index > heading && line.startsWith('| ---'))
  const rows: Row[] = []
  for (let index = first + 1; lines[index]?.startsWith('|'); index++)
    rows.push(
      (lines[index] ?? '')
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  return rows
}

/** The name in backticks that a row begins with: `publish(channel, …)` is called `publish`. */
export function nameOf([first = '']: Row): string {
  return /^`(\w+)/.exec(first)?.[1] ?? first
}
