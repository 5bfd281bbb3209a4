import { parseArgs } from 'node:util'
import { seedFromEnvironment } from '@millrace-tests/support'
import { runHostile } from './hostile/run-hostile.ts'
import { isClean } from './run/judge.ts'
import { runFaults } from './run/run.ts'

const { values } = parseArgs({
  options: { hostile: { type: 'boolean', default: false }, seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
})
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? seedFromEnvironment(values.hostile ? 'HOSTILE_SEED' : 'FAULT_SEED') : Number(values.seed)
const again = `--seconds ${seconds} --seed ${seed}${values.hostile ? ' --hostile' : ''}`
console.log(`faults: ${again}`)

async function faultsAreClean(): Promise<boolean> {
  const { verdict, serverLines, ...report } = await runFaults({ seed, seconds, tell: (line) => console.log(line) })
  console.log(report)
  if (!isClean(verdict)) console.log([JSON.stringify(verdict, null, 1), ...serverLines].join('\n'))
  return isClean(verdict)
}

async function hostileIsClean(): Promise<boolean> {
  const { complaints, serverLines, ...report } = await runHostile({ seed, seconds })
  console.log(report)
  if (complaints.length > 0) console.log([...complaints, ...serverLines].join('\n'))
  return complaints.length === 0
}

const clean = await (values.hostile ? hostileIsClean() : faultsAreClean())
console.log(clean ? 'nothing was lost, and nobody was disturbed' : `violations: run again with ${again}`)
process.exit(clean ? 0 : 1)
