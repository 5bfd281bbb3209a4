import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
process.chdir(root)

const made = new Set(['node_modules', 'dist', '.git', '.tsbuild', 'artefacts', 'coverage', 'data', 'test-results', 'playwright-report'])

/** The files that people write, as sorted paths from the repository's root. */
export function repositoryFiles(pattern) {
  const files = []
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (made.has(entry.name)) continue
      if (entry.isDirectory()) walk(path)
      else if (pattern.test(path)) files.push(path)
    }
  }
  walk('')
  return files.sort()
}
