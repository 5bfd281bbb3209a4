import { readFileSync, writeFileSync } from 'node:fs'
import './repository.mjs'

const file = 'package-lock.json'

export function readLock() {
  return JSON.parse(readFileSync(file, 'utf8'))
}

export function writeLock(lock) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
}

/** Where `from` finds the package `name`, or null where the lock file has none. */
function lookUp(packages, from, name) {
  for (let base = from; ; ) {
    const path = `${base === '' ? '' : `${base}/`}node_modules/${name}`
    if (packages[path] !== undefined) return path
    if (base === '') return null
    const parent = base.lastIndexOf('/node_modules/')
    base = parent < 0 ? '' : base.slice(0, parent)
  }
}

/** The optional dependencies that the lock file leaves out: `npm ci` refuses such a file wherever the registry does not have them. */
export function missingOptional({ packages }) {
  const missing = []
  for (const [path, { optionalDependencies = {} }] of Object.entries(packages))
    for (const [name, version] of Object.entries(optionalDependencies))
      if (lookUp(packages, path, name) === null) missing.push({ name, version, neededBy: path })
  return missing
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']

/** What a package of one platform says of itself, read from its name: `binding-linux-arm64-musl`. */
export function platformOf(name) {
  const words = name.split(/[-/]/)
  const os = systems.find((system) => words.includes(system))
  const cpu = processors.find((processor) => words.includes(processor))
  if (os === undefined || cpu === undefined) return null
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined
  return { cpu: [cpu], os: [os], ...(libc && os === 'linux' && { libc: [libc] }) }
}
