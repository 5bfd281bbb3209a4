import { parseArgs } from 'node:util'
import { seedFromEnvironment } from '@millrace-tests/support'
import { isClean } from './run/judge.ts'
import { runFaults } from './run/run.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } })
const seed = values.seed === undefined ? seedFromEnvironment('FAULT_SEED') : Number(values.seed)
console.log(`faults: ${values.seconds} s, seed ${seed}`)

const { verdict, serverLines, ...report } = await runFaults({ seed, seconds: Number(values.seconds), tell: (line) => console.log(line) })
console.log(report)
if (isClean(verdict)) console.log('every history equals the log')
else {
  console.log(JSON.stringify(verdict, null, 1))
  console.log(serverLines.join('\n'))
  console.log(`violations: run again with --seconds ${values.seconds} --seed ${seed}`)
}
process.exit(isClean(verdict) ? 0 : 1)
