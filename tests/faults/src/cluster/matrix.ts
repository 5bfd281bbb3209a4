import { readFileSync, writeFileSync } from 'node:fs'
import type { BrokerKind, ClusterFaultKind } from './faults.ts'
import { faultsOf } from './faults.ts'
import { type ClusterReport, runCluster } from './run-cluster.ts'

export interface MatrixOptions {
  readonly seed: number
  /** Of each of the runs, one for each fault and broker. */
  readonly seconds: number
  readonly tell: (line: string) => void
}

interface Row {
  readonly broker: BrokerKind
  readonly fault: ClusterFaultKind
  readonly report: ClusterReport
}

/** The promises, and what a run has seen of each: how often it was broken. */
const promises: readonly (readonly [string, (report: ClusterReport) => string])[] = [
  ['times', ({ faults }) => String(Object.values(faults).reduce((sum, count) => sum + count, 0))],
  ['publications', ({ published, received }) => `${published} to ${received} readers`],
  ['DLV1 lost, twice, out of order', ({ verdict }) => String(verdict.sdk.length)],
  ['LOG1, LOG2, LOG4 holes, lost, twice', ({ verdict }) => String(verdict.log.filter(({ kind }) => !kind.endsWith('alone')).length)],
  ['OUT1 row without event, or the reverse', ({ verdict }) => String(verdict.log.filter(({ kind }) => kind.endsWith('alone')).length)],
  ['DLV2 stock clients', ({ verdict }) => String(verdict.stock.length + verdict.odd.length)],
  ['PRE2 ghosts', ({ ghosts }) => String(ghosts.length)],
  ['HLT2 processes ended', ({ ended }) => String(ended)],
  ['HLT1 ready again after', ({ recoveryMs }) => (recoveryMs === null ? '**never**' : `${(recoveryMs / 1_000).toFixed(1)} s`)],
  ['channels repaired from the log', ({ repaired }) => String(repaired)],
]

const brokers: readonly BrokerKind[] = ['redis', 'postgres']
const titles = { redis: 'PostgreSQL and Redis', postgres: 'PostgreSQL alone' } as const

/** One run for each fault, each of which does nothing else wrong. */
export async function runMatrix({ seed, seconds, tell }: MatrixOptions): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const broker of brokers)
    for (const fault of faultsOf(broker)) {
      tell(`${titles[broker]}: ${fault}`)
      const report = await runCluster({ seed, seconds, broker, kinds: [fault], everyMs: 4_000 })
      for (const violation of [...report.verdict.log, ...report.verdict.sdk, ...report.verdict.stock]) tell(JSON.stringify(violation))
      for (const ghost of report.ghosts) tell(ghost)
      rows.push({ broker, fault, report })
    }
  return rows
}

export function matrixTables(rows: readonly Row[]): string {
  return brokers
    .map((broker) => {
      const lines = rows
        .filter((row) => row.broker === broker)
        .map(({ fault, report }) => `| ${[fault, ...promises.map(([, seen]) => seen(report))].join(' | ')} |`)
      const head = ['fault', ...promises.map(([name]) => name)]
      return [`## ${titles[broker]}`, '', `| ${head.join(' | ')} |`, `|${head.map(() => ' --- |').join('')}`, ...lines].join('\n')
    })
    .join('\n\n')
}

const [begin, end] = ['<!-- matrix -->', '<!-- end of matrix -->']

/** Writes the tables between the marks of a document. */
export function writeMatrix(file: string, rows: readonly Row[], how: string): void {
  const text = readFileSync(file, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  const after = rest.split(end)[1] ?? ''
  writeFileSync(file, `${before}${begin}\n\n${how}\n\n${matrixTables(rows)}\n\n${end}${after}`)
}
