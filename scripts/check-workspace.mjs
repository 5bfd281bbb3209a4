// What holds for the workspace as a whole: the lock file, the list of TypeScript projects, and what each manifest says.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import ts from 'typescript'
import { missingOptional, readLock } from './lib/lock.mjs'
import { repositoryFiles } from './lib/repository.mjs'

const faults = []
const json = (path) => JSON.parse(readFileSync(path, 'utf8'))

// `npm ci` takes packages from the registry that the machine is set up for, and compiles nothing.
const lock = readLock()
for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.resolved !== undefined && !entry.link)
    faults.push(
      `package-lock.json: "${path}" names where it was downloaded: \`npm config set omit-lockfile-registry-resolved true\`, then write it anew`,
    )
  if (entry.integrity === undefined && path.includes('node_modules/') && !entry.link && !entry.inBundle && !(entry.optional && entry.os))
    faults.push(`package-lock.json: "${path}" has no integrity: it does not come from a registry`)
}

for (const { name, neededBy } of missingOptional(lock))
  faults.push(`package-lock.json: "${neededBy}" may need ${name}, which is not there: run \`node scripts/complete-lock.mjs\``)

const manifests = repositoryFiles(/(^|\/)package\.json$/)
for (const path of manifests) {
  const { name, license, engines, type, dependencies = {}, devDependencies = {}, private: hidden } = json(path)
  if (type !== 'module') faults.push(`${path}: "type" is not "module"`)
  for (const [dependency, range] of Object.entries({ ...dependencies, ...devDependencies }))
    if (!/^(npm:.+@)?\d+\.\d+\.\d+([-+].+)?$/.test(range) && dependency !== '@standard-schema/spec')
      faults.push(`${path}: ${dependency} is "${range}": pin the exact version`)
  if (hidden) continue
  if (license !== 'Apache-2.0') faults.push(`${path}: ${name} has no licence: "license": "Apache-2.0"`)
  if (engines?.node !== json('package.json').engines.node) faults.push(`${path}: "engines" differs from the root's`)
}

// A project that `tsc -b` does not reach is never checked.
const reached = new Set()
function reach(path) {
  const file = path.endsWith('.json') ? path : posix.join(path, 'tsconfig.json')
  if (reached.has(file)) return
  reached.add(file)
  if (!existsSync(file)) return void faults.push(`${file}: named as a reference, but not there`)
  const { config } = ts.readConfigFile(file, (name) => readFileSync(name, 'utf8'))
  for (const reference of config.references ?? []) reach(join(dirname(file), reference.path))
}
reach('tsconfig.json')
for (const path of repositoryFiles(/(^|\/)tsconfig(\.[a-z]+)?\.json$/))
  if (!reached.has(path) && !/^tsconfig\.(base|vitest)\.json$/.test(path))
    faults.push(`${path}: not checked by \`tsc -b\`: add it to the references of tsconfig.json`)

for (const fault of faults) console.log(fault)
console.log(
  faults.length === 0 ? `workspace: ${manifests.length} manifests and the lock file are in order` : `workspace: ${faults.length} faults`,
)
process.exitCode = faults.length === 0 ? 0 : 1
