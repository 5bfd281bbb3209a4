import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The browser of the tests: `CHROMIUM_PATH`, else the system's. */
function findChromium(): string | null {
  const given = process.env.CHROMIUM_PATH
  if (given) return isExecutable(given) ? given : null
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  )
  return candidates.find(isExecutable) ?? null
}

/** The exit code that says "skipped" to who runs the tests. */
const skipped = 77

/** Where Chromium is; ends the process with one line where there is none. */
export function requireChromium(): string {
  const chromium = findChromium()
  if (chromium !== null) return chromium
  const ci = process.env.CI === 'true'
  console.log(`${ci ? 'failed' : 'skipped'}: the pages in a browser. To run them: apt-get install -y chromium, or set CHROMIUM_PATH`)
  process.exit(ci ? 1 : skipped)
}
