// Holds the import directions of docs/ARCHITECTURE.md, file sizes, and that time, chance and sockets are passed in.
import { readFileSync } from 'node:fs'
import { checkBoundaries } from './boundaries/check.mjs'
import { repositoryFiles } from './lib/repository.mjs'

const files = repositoryFiles(/^(packages|examples|tests|bench|scripts)\/.*\.(ts|tsx|mts|mjs|js)$/)
const faults = checkBoundaries(files.map((path) => [path, readFileSync(path, 'utf8')]))
for (const fault of faults) console.log(fault)
console.log(faults.length === 0 ? `boundaries: ${files.length} files keep to the rules` : `boundaries: ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
