import { readFileSync } from 'node:fs'

/** The version of this package, for the sources and for what is built of them: `src` and `dist` lie side by side. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return String(Object(manifest).version)
}
