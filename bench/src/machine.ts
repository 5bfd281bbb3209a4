import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, release, totalmem } from 'node:os'
import { pinning } from './process/child.ts'

const require = createRequire(import.meta.url)
// Not each package exports its manifest: it is found from the package's own place.
function versionOf(name: string): string {
  const path = require.resolve(name)
  const folder = path.slice(0, path.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length)
  // Holds: npm installs nothing without a version.
  return (JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { version: string }).version
}

/** Where the figures come from. */
export const machine = {
  processors: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `Linux ${release()} ${arch()}`,
  pinning,
  versions: { node: process.version, 'socket.io': versionOf('socket.io'), ws: versionOf('ws') },
} as const

export const machineLine = `${machine.processors}, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.versions.node}, socket.io ${machine.versions['socket.io']}, ws ${machine.versions.ws}; ${machine.pinning}`
