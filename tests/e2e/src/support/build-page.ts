import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const riceMill = fileURLToPath(new URL('../../../../examples/rice-mill', import.meta.url))
export const erpmax = fileURLToPath(new URL('../../../../examples/erpmax', import.meta.url))

/** The pages are built once, for all tests. */
// biome-ignore lint/style/noDefaultExport: Playwright loads it by its default export
export default function buildPages(): void {
  for (const cwd of [riceMill, erpmax]) execFileSync('npm', ['run', 'build'], { cwd, stdio: 'inherit' })
}
