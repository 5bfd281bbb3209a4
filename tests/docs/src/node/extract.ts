import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, type SourceFile } from '../documents.ts'

// Inside the workspace, so that the samples find the packages as an application would.
const folder = join(root, 'artefacts/docs')

export interface Extracted {
  readonly folder: string
  remove(): void
}

/** Writes files to a new folder. Where `port` is given it takes the place of the port 5000 that the samples name. */
export function extract(name: string, files: readonly SourceFile[], port?: number): Extracted {
  mkdirSync(folder, { recursive: true })
  const place = mkdtempSync(join(folder, `${name}-`))
  for (const { name: file, code } of files) {
    mkdirSync(dirname(join(place, file)), { recursive: true })
    writeFileSync(join(place, file), port === undefined ? code : code.replaceAll(/\b5000\b/g, String(port)))
  }
  return { folder: place, remove: () => rmSync(place, { recursive: true, force: true }) }
}
