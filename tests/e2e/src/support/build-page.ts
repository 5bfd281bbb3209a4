import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const riceMill = fileURLToPath(new URL('../../../../examples/rice-mill', import.meta.url))

/** The page is built once, for all tests. */
// biome-ignore lint/style/noDefaultExport: Playwright loads it by its default export
export default function buildPage(): void {
  execFileSync('npm', ['run', 'build'], { cwd: riceMill, stdio: 'inherit' })
}
