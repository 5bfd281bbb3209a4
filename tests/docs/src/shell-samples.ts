import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './documents.ts'

/** The code blocks of a language in a guide, as printed. */
export function blocksOf(guide: string, language: 'sh' | 'python'): readonly string[] {
  const text = readFileSync(join(root, 'docs/guides', guide), 'utf8')
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, found]) => found === language).map(([, , code = '']) => code)
}
