// docs/SPEC.md and the tests that carry its rules: every rule in force has a test, and no test carries a rule that is not there.
// `node scripts/spec.mjs --write` puts the files of each rule's tests into the last column.
import { readFileSync, writeFileSync } from 'node:fs'
import { repositoryFiles } from './lib/repository.mjs'
import { applySpec, readTags } from './spec/spec.mjs'

const path = 'docs/SPEC.md'
const write = process.argv.includes('--write')
const before = readFileSync(path, 'utf8')
const tests = repositoryFiles(/^(packages|examples|tests)\/.*\.(ts|tsx)$/).flatMap((file) => readTags(file, readFileSync(file, 'utf8')))
const { text, faults, inForce } = applySpec(before, tests)

if (write) writeFileSync(path, text)
else if (text !== before) faults.push(`${path} does not list the tests as they are: run \`node scripts/spec.mjs --write\``)

for (const fault of faults) console.log(fault)
console.log(
  faults.length === 0
    ? `rules: ${inForce} in force, each with a test; ${tests.length} titles carry a rule`
    : `rules: ${faults.length} faults`,
)
process.exitCode = faults.length === 0 ? 0 : 1
