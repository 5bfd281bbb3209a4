import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
// Debian's own Python: it sees the packages that apt installs.
const python = '/usr/bin/python3'
const pythonModules = ['socketio', 'aiohttp', 'websocket', 'requests']

function executable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function onPath(name) {
  return (
    (process.env.PATH ?? '')
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(executable) ?? null
  )
}

/** The browser that the end-to-end tests drive: `CHROMIUM_PATH`, else the system's. */
export function findChromium() {
  const given = process.env.CHROMIUM_PATH
  if (given) return executable(given) ? given : null
  return browsers.map(onPath).find((path) => path !== null) ?? null
}

export function hasPythonSocketIo() {
  return spawnSync(python, ['-c', `import ${pythonModules.join(', ')}`]).status === 0
}
