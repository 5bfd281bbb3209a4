import { parseArgs } from 'node:util'
import { machine, machineLine } from './machine.ts'
import { measure } from './measure.ts'
import { openWorkshop } from './process/workshop.ts'
import { makePrograms } from './programs.ts'
import { type Row, rowsOf } from './report/row.ts'
import { table } from './report/table.ts'
import { judge } from './report/targets.ts'
import { scenarios } from './scenarios/all.ts'
import { subjectNames } from './subject.ts'

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} is "${text}": give a whole number from 1 on`)
  return value
}

function readArguments() {
  const { values, positionals } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      subjects: { type: 'string', default: subjectNames.join(',') },
    },
    allowPositionals: true,
  })
  const unknown = positionals.filter((name) => !scenarios.some((scenario) => scenario.name === name))
  if (unknown.length > 0)
    throw new Error(`no scenario "${unknown.join('", "')}": choose from ${scenarios.map(({ name }) => name).join(', ')}`)
  const subjects = subjectNames.filter((name) => values.subjects.split(',').includes(name))
  if (subjects.length !== values.subjects.split(',').length)
    throw new Error(`--subjects is "${values.subjects}": choose from ${subjectNames.join(',')}`)
  if (process.platform !== 'linux')
    throw new Error('the benchmark reads the accounts of the Linux kernel: run it on Linux, or in a Linux container')
  return {
    json: values.json,
    subjects,
    rounds: whole('rounds', values.rounds ?? (values.quick ? '1' : '3')),
    seconds: whole('seconds', values.seconds ?? (values.quick ? '2' : '5')),
    chosen: positionals,
  }
}

async function run({ json, subjects, rounds, seconds, chosen }: ReturnType<typeof readArguments>): Promise<void> {
  if (!json) console.log(`${machineLine}\nmedians of ${rounds} alternating rounds of ${seconds} s\n`)
  const workshop = openWorkshop()
  process.once('exit', () => workshop.remove())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const programs = await makePrograms(workshop)
  const rows: Row[] = []
  for (const scenario of scenarios) {
    if (chosen.length > 0 && !chosen.includes(scenario.name)) continue
    const outcomes = await measure(scenario, {
      subjects,
      rounds,
      seconds,
      programs,
      workshop,
      onProgress: (text) => console.error(`… ${text}`),
    })
    rows.push(...rowsOf(scenario.name, outcomes))
  }
  if (json) console.log(JSON.stringify({ machine, rounds, seconds, rows: rows.map((row) => ({ ...row, targets: judge(row) })) }, null, 2))
  else console.log(`\n${table(rows)}`)
}

try {
  await run(readArguments())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
