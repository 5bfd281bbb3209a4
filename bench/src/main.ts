import { arch, cpus, platform, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { pin, pinned, type SubjectName, startServer } from './processes.ts'
import type { Figure, Scenario } from './scenario.ts'
import { accept } from './scenarios/accept.ts'
import { durable } from './scenarios/durable.ts'
import { latency } from './scenarios/latency.ts'
import { memory } from './scenarios/memory.ts'
import { recovery } from './scenarios/recovery.ts'
import { median, type Row, table } from './table.ts'

const scenarios: readonly Scenario[] = [latency, accept, memory, durable, recovery]

async function measure(scenario: Scenario): Promise<readonly Row[]> {
  const results: Record<SubjectName, (readonly Figure[])[]> = { stock: [], millrace: [] }
  for (let round = 0; round < scenario.rounds; round++) {
    // Who goes first changes from round to round, so that neither has the warmer machine.
    const order: SubjectName[] = round % 2 === 0 ? ['stock', 'millrace'] : ['millrace', 'stock']
    for (const subject of order) {
      const server = await startServer(subject)
      try {
        results[subject].push(await scenario.run(server, subject))
      } finally {
        await server.stop()
      }
    }
  }
  const of = (subject: SubjectName, index: number): number => median(results[subject].map((figures) => figures[index]?.value ?? Number.NaN))
  return (results.millrace[0] ?? []).map(({ label, unit, better }, index) => ({
    scenario: scenario.name,
    label,
    unit,
    better,
    stock: of('stock', index),
    millrace: of('millrace', index),
    note: scenario.stockNote ?? 'the same',
  }))
}

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true })
const unknown = positionals.filter((name) => !scenarios.some((scenario) => scenario.name === name))
if (unknown.length > 0) {
  console.error(`no scenario "${unknown.join('", "')}": choose from ${scenarios.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

pin({ pid: process.pid }, 1)
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${platform()} ${arch()}, Node ${process.version}; ${pinned}`
if (!values.json) console.log(`${machine}\nmedians of alternating rounds\n`)
const rows: Row[] = []
for (const scenario of scenarios) {
  if (positionals.length > 0 && !positionals.includes(scenario.name)) continue
  if (!values.json) console.error(`… ${scenario.name}`)
  rows.push(...(await measure(scenario)))
}
console.log(values.json ? JSON.stringify({ machine, rows }, null, 2) : table(rows))
