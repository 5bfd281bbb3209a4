import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readSamples, type SampleFile } from './markdown.ts'

export const root = join(import.meta.dirname, '../../..')

/** A Markdown document, by its path from the root, and what its samples are called. */
export interface Document {
  readonly path: string
  readonly name: string
}

function guide(file: string): Document {
  return { path: `docs/guides/${file}`, name: basename(file, '.md') }
}

const packages = ['client', 'contract', 'react', 'server']

/** The documents whose samples are checked. */
export const documents: readonly Document[] = [
  { path: 'README.md', name: 'readme' },
  ...packages.map((name) => ({ path: `packages/${name}/README.md`, name: `${name}-readme` })),
  ...readdirSync(join(root, 'docs/guides'))
    .filter((file) => file.endsWith('.md'))
    .map(guide),
]

export interface SourceFile extends SampleFile {
  readonly document: string
}

export interface Project {
  readonly files: readonly SourceFile[]
  readonly faults: readonly string[]
}

/** The files of a document, over those of the guides that it goes on from. */
export function projectOf({ path }: Pick<Document, 'path'>): Project {
  const { files: own, uses, faults } = readSamples(readFileSync(join(root, path), 'utf8'))
  const files = new Map<string, SourceFile>()
  for (const used of uses) for (const file of projectOf(guide(used)).files) files.set(file.name, file)
  for (const file of own) files.set(file.name, { ...file, document: path })
  return { files: [...files.values()], faults: faults.map((fault) => `${path}, ${fault}`) }
}

export function documentOf(name: string): Document {
  const found = documents.find((document) => document.name === name)
  if (found === undefined) throw new Error(`no document is called "${name}"`)
  return found
}
