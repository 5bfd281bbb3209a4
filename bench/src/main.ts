import { FlagError, readFlags } from './flags.ts'
import { machine, machineLine } from './machine.ts'
import { measure } from './measure.ts'
import { openWorkshop } from './process/workshop.ts'
import { makePrograms } from './programs.ts'
import { writeResults } from './report/results-file.ts'
import { type Row, rowsOf } from './report/row.ts'
import { table } from './report/table.ts'
import { judge } from './report/targets.ts'
import { scenarios } from './scenarios/all.ts'

/** Measures what was chosen, and prints it. */
async function run(args: readonly string[]): Promise<void> {
  const names = scenarios.map(({ name }) => name)
  const { chosen, subjects, rounds, seconds, json, write } = readFlags(args, names)
  if (process.platform !== 'linux')
    throw new FlagError('the benchmark reads the accounts of the Linux kernel: run it on Linux, or in a Linux container')
  const workshop = openWorkshop()
  process.once('exit', () => workshop.remove())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

  const heading = `${machineLine}\n\nMedians of ${rounds} alternating rounds of ${seconds} s, ${new Date().toISOString().slice(0, 10)}`
  if (!json) console.log(`${heading}\n`)
  const programs = await makePrograms(workshop)
  const rows: Row[] = []
  for (const scenario of scenarios) {
    if (!chosen.includes(scenario.name)) continue
    const onProgress = (text: string): void => console.error(`… ${text}`)
    rows.push(...rowsOf(scenario.name, await measure(scenario, { subjects, rounds, seconds, programs, workshop, onProgress })))
  }
  const figures = table(rows)
  if (write) writeResults(`${heading}\n\n${figures}`)
  if (json) console.log(JSON.stringify({ machine, rounds, seconds, rows: rows.map((row) => ({ ...row, targets: judge(row) })) }, null, 2))
  else console.log(`\n${figures}`)
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof FlagError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
