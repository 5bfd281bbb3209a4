import { parseArgs } from 'node:util'

export interface TargetFlags {
  /** 0 for any that is free. */
  readonly port: number
  /** Publishing begins with so many. */
  readonly connections: number
  /** Publications a second, in all. */
  readonly rate: number
  readonly rooms: number
  readonly delivery: 'durable' | 'volatile'
}

/** One line that says what is wrong and how it is mended. */
export class FlagError extends Error {}

const usage = 'npm run bench:target -- --port P --connections N --rate R [--rooms K] [--delivery durable|volatile]'
const largestPort = 65_535
const millionth = 1_000_000

function numberOf(flag: string, text: string | undefined, isGood: (value: number) => boolean, mend: string): number {
  if (text === undefined) throw new FlagError(`--${flag} is missing: give ${mend}. ${usage}`)
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!isGood(value)) throw new FlagError(`--${flag} is "${text}": give ${mend}`)
  return value
}

function wholeFrom(least: number, most: number): (value: number) => boolean {
  return (value) => Number.isSafeInteger(value) && value >= least && value <= most
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({ args: [...args], options: { port: text, connections: text, rate: text, rooms: text, delivery: text } }).values
  } catch (error) {
    // Node's message goes on with advice of its own.
    const [what] = error instanceof Error ? error.message.split(/[.\n]/, 1) : ['']
    throw new FlagError(`${what}: ${usage}`, { cause: error })
  }
}

/** Reads the command line. Throws a `FlagError` for one that cannot work. */
export function readFlags(args: readonly string[]): TargetFlags {
  const { port, connections, rate, rooms = '1', delivery = 'durable' } = parse(args)
  if (delivery !== 'durable' && delivery !== 'volatile') throw new FlagError(`--delivery is "${delivery}": give durable or volatile`)
  const flags = {
    port: numberOf('port', port, wholeFrom(0, largestPort), `a port, a whole number up to ${largestPort}`),
    connections: numberOf(
      'connections',
      connections,
      wholeFrom(1, millionth),
      'how many connections to wait for, a whole number from 1 on',
    ),
    rate: numberOf('rate', rate, (value) => value > 0 && value <= millionth, 'how many publications a second, such as 100'),
    rooms: numberOf('rooms', rooms, wholeFrom(1, millionth), 'how many channels, a whole number from 1 on'),
    delivery,
  } as const
  if (flags.rooms > flags.connections)
    throw new FlagError(
      `--rooms is ${flags.rooms}, more than the ${flags.connections} connections: give at most one channel per connection`,
    )
  return flags
}
