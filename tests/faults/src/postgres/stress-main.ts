import { parseArgs } from 'node:util'
import { seedFromEnvironment, startPrivatePostgres } from '@millrace-tests/support'
import { runStress } from './stress.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string' } } })
const seed = values.seed === undefined ? seedFromEnvironment('FAULT_SEED') : Number(values.seed)
console.log(`outbox of PostgreSQL: ${values.seconds} s, seed ${seed}`)
await using server = await startPrivatePostgres()
const { faults, deadlocks } = await runStress({ url: server.url, seed, seconds: Number(values.seconds), tell: (line) => console.log(line) })
for (const fault of faults) console.log(fault)
process.exitCode = faults.length === 0 && deadlocks === 0 ? 0 : 1
