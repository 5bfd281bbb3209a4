import { readFileSync, writeFileSync } from 'node:fs'

const [start, end] = ['<!-- figures -->', '<!-- end of figures -->'] as const
const file = new URL('../../RESULTS.md', import.meta.url)

/** `document` with other figures between its markers. Throws where it has none. */
export function withFigures(document: string, figures: string): string {
  const [from, to] = [document.indexOf(start), document.indexOf(end)]
  if (from < 0 || to < from)
    throw new Error(`RESULTS.md has no place for figures: put "${start}" and "${end}" into it, on lines of their own`)
  return `${document.slice(0, from)}${start}\n\n${figures}\n\n${document.slice(to)}`
}

/** Puts the figures of a run into `bench/RESULTS.md`. */
export function writeResults(figures: string): void {
  writeFileSync(file, withFigures(readFileSync(file, 'utf8'), figures))
}
