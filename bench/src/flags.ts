import { parseArgs } from 'node:util'
import { type SubjectName, subjectNames } from './subject.ts'

/** One line that says what is wrong with a command line, and how it is mended. */
export class FlagError extends Error {}

type Options = Record<string, { readonly type: 'string' } | { readonly type: 'boolean'; readonly default: boolean }>
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>>

/** Node's `parseArgs`, with one line for what it does not know. */
export function parseFlags<const O extends Options>(args: readonly string[], options: O, usage: string): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    // Node's message goes on with advice of its own.
    const [what] = error instanceof Error ? error.message.split(/[.\n]/, 1) : ['']
    throw new FlagError(`${what}: ${usage}`, { cause: error })
  }
}

/** A number that a flag gives. */
export function numberOf(flag: string, text: string, isGood: (value: number) => boolean, mend: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!isGood(value)) throw new FlagError(`--${flag} is "${text}": give ${mend}`)
  return value
}

/** Accepts whole numbers. */
export function wholeFrom(least: number, most: number): (value: number) => boolean {
  return (value) => Number.isSafeInteger(value) && value >= least && value <= most
}

export interface BenchFlags {
  /** Names of scenarios. */
  readonly chosen: readonly string[]
  readonly subjects: readonly SubjectName[]
  readonly rounds: number
  /** How long each measurement takes. */
  readonly seconds: number
  readonly json: boolean
  /** Put the figures into RESULTS.md. */
  readonly write: boolean
}

const usage = 'npm run bench -- [NAME…] [--quick] [--rounds N] [--seconds N] [--subjects A,B] [--json] [--write]'
const most = 1_000
const flag = { type: 'boolean', default: false } as const
const options = {
  quick: flag,
  json: flag,
  write: flag,
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  subjects: { type: 'string' },
} as const

/** Reads the benchmark's command line. Throws a `FlagError` for one that cannot work. */
export function readFlags(args: readonly string[], scenarios: readonly string[]): BenchFlags {
  const { values, positionals } = parseFlags(args, options, usage)
  const { quick, json, write } = values
  const unknown = positionals.filter((name) => !scenarios.includes(name))
  if (unknown.length > 0) throw new FlagError(`no scenario "${unknown.join('", "')}": choose from ${scenarios.join(', ')}`)
  const named = values.subjects?.split(',') ?? subjectNames
  const subjects = subjectNames.filter((name) => named.includes(name))
  if (subjects.length !== named.length) throw new FlagError(`--subjects is "${values.subjects}": choose from ${subjectNames.join(',')}`)
  const whole = (name: 'rounds' | 'seconds', text: string): number =>
    numberOf(name, values[name] ?? text, wholeFrom(1, most), `a whole number from 1 to ${most}`)
  const partial = quick || positionals.length > 0 || subjects.length < subjectNames.length
  if (write && partial) throw new FlagError('--write is for a whole run: leave out --quick, --subjects and the names of scenarios')
  return {
    chosen: positionals.length > 0 ? positionals : scenarios,
    subjects,
    rounds: whole('rounds', quick ? '1' : '3'),
    seconds: whole('seconds', quick ? '2' : '5'),
    json,
    write,
  }
}
