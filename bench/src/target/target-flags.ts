import { FlagError, numberOf, parseFlags, wholeFrom } from '../flags.ts'

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

const usage = 'npm run bench:target -- --port P --connections N --rate R [--rooms K] [--delivery durable|volatile]'
const largestPort = 65_535
const most = 1_000_000
const text = { type: 'string' } as const
const options = { port: text, connections: text, rate: text, rooms: text, delivery: text }

/** Reads the target's command line. Throws a `FlagError` for one that cannot work. */
export function readTargetFlags(args: readonly string[]): TargetFlags {
  const { values, positionals } = parseFlags(args, options, usage)
  if (positionals.length > 0) throw new FlagError(`"${positionals.join(' ')}" is no flag: ${usage}`)
  const { rooms = '1', delivery = 'durable' } = values
  const required = (name: 'port' | 'connections' | 'rate', isGood: (value: number) => boolean, mend: string): number => {
    const given = values[name]
    if (given === undefined) throw new FlagError(`--${name} is missing: give ${mend}. ${usage}`)
    return numberOf(name, given, isGood, mend)
  }
  if (delivery !== 'durable' && delivery !== 'volatile') throw new FlagError(`--delivery is "${delivery}": give durable or volatile`)
  const flags = {
    port: required('port', wholeFrom(0, largestPort), `a port, a whole number up to ${largestPort}`),
    connections: required('connections', wholeFrom(1, most), 'how many connections to wait for, a whole number from 1 on'),
    rate: required('rate', (value) => value > 0 && value <= most, 'how many publications a second, such as 100'),
    rooms: numberOf('rooms', rooms, wholeFrom(1, most), 'how many channels, a whole number from 1 on'),
    delivery,
  } as const
  if (flags.rooms > flags.connections)
    throw new FlagError(
      `--rooms is ${flags.rooms}, more than the ${flags.connections} connections: give at most one channel per connection`,
    )
  return flags
}
