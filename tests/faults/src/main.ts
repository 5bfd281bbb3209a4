import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { seedFromEnvironment } from '@millrace-tests/support'
import { faultsOf } from './cluster/faults.ts'
import { runMatrix, writeMatrix } from './cluster/matrix.ts'
import { runCluster } from './cluster/run-cluster.ts'
import { runHostile } from './hostile/run-hostile.ts'
import { isClean } from './run/judge.ts'
import { runFaults } from './run/run.ts'

const { values } = parseArgs({
  options: {
    hostile: { type: 'boolean', default: false },
    cluster: { type: 'string' },
    fault: { type: 'string' },
    matrix: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
  },
})
const { hostile, cluster, fault, matrix } = values
if (cluster !== undefined && cluster !== 'redis' && cluster !== 'postgres') throw new Error('--cluster is redis or postgres')
const seconds = Number(values.seconds)
const seedName = hostile ? 'HOSTILE_SEED' : cluster !== undefined || matrix ? 'CLUSTER_SEED' : 'FAULT_SEED'
const seed = values.seed === undefined ? seedFromEnvironment(seedName) : Number(values.seed)
const which = `${hostile ? ' --hostile' : ''}${cluster !== undefined ? ` --cluster ${cluster}` : ''}${fault !== undefined ? ` --fault '${fault}'` : ''}${matrix ? ' --matrix' : ''}`
const again = `--seconds ${seconds} --seed ${seed}${which}`
const tell = (line: string): void => console.log(line)
tell(`faults: ${again}`)

async function faultsAreClean(): Promise<boolean> {
  const { verdict, serverLines, ...report } = await runFaults({ seed, seconds, tell })
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

async function clusterIsClean(broker: 'redis' | 'postgres'): Promise<boolean> {
  const kinds = faultsOf(broker).filter((kind) => fault === undefined || kind === fault)
  if (kinds.length === 0) throw new Error(`--fault is one of: ${faultsOf(broker).join(', ')}`)
  const { verdict, lines, ...report } = await runCluster({ seed, seconds, broker, kinds, everyMs: 3_000, tell })
  console.log(report)
  const clean = isClean(verdict) && report.ghosts.length === 0 && report.recoveryMs !== null
  if (!clean) console.log([JSON.stringify(verdict, null, 1), ...lines].join('\n'))
  return clean
}

async function matrixIsClean(): Promise<boolean> {
  const rows = await runMatrix({ seed, seconds, tell })
  writeMatrix(fileURLToPath(new URL('../../../docs/FAULTS.md', import.meta.url)), rows, `Runs of ${seconds} s, seed ${seed}.`)
  return rows.every(({ report }) => isClean(report.verdict) && report.ghosts.length === 0 && report.recoveryMs !== null)
}

const clean = await (matrix
  ? matrixIsClean()
  : cluster !== undefined
    ? clusterIsClean(cluster)
    : hostile
      ? hostileIsClean()
      : faultsAreClean())
tell(clean ? 'nothing was lost, and nobody was disturbed' : `violations: run again with ${again}`)
process.exit(clean ? 0 : 1)
