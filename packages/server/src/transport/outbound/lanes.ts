import { ConfigurationError } from '../../configuration-error.ts'
import type { Lane } from './lane.ts'

/** How much of one channel pattern may wait for one reader, and what gives way first (BP1). */
export interface BackpressureOptions {
  /** Bytes that may wait for one reader. At the bound a durable publication ends the connection with `slow_consumer`. @default `limits.outboundMaxBytes` */
  readonly maxBytes?: number
  /** From so many waiting bytes on, volatile events are dropped. @default `maxBytes` */
  readonly highWaterBytes?: number
  /** Which volatile events are dropped: those that come, or those that wait longest. @default 'drop-newest' */
  readonly volatile?: Lane['volatile']
}

const volatilePolicies: readonly unknown[] = ['drop-newest', 'drop-oldest'] satisfies Lane['volatile'][]

function checked(setting: string, value: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < 1 || value > max)
    throw new ConfigurationError(setting, `is ${value}`, `set a whole number of bytes from 1 to ${max}`)
  return value
}

/** The lane of each channel pattern, by its name in the contract; `undefined` gives that of what belongs to none. Throws `ConfigurationError`. */
export function resolveLanes(
  patterns: readonly string[],
  options: Readonly<Record<string, BackpressureOptions | undefined>>,
  outboundMaxBytes: number,
): (pattern: string | undefined) => Lane {
  for (const name of Object.keys(options))
    if (!patterns.includes(name))
      throw new ConfigurationError(`backpressure.${name}`, 'is no channel of the contract', `set one of ${patterns.join(', ')}`)
  function laneOf(
    name: string,
    { maxBytes = outboundMaxBytes, highWaterBytes = maxBytes, volatile = 'drop-newest' }: BackpressureOptions,
  ): Lane {
    if (!volatilePolicies.includes(volatile))
      throw new ConfigurationError(`backpressure.${name}.volatile`, 'is not a policy', `set one of ${volatilePolicies.join(', ')}`)
    return {
      name,
      maxBytes: checked(`backpressure.${name}.maxBytes`, maxBytes, outboundMaxBytes),
      highWaterBytes: checked(`backpressure.${name}.highWaterBytes`, highWaterBytes, maxBytes),
      volatile,
    }
  }
  const direct = laneOf('direct', {})
  const lanes = new Map(patterns.map((name) => [name, laneOf(name, options[name] ?? {})]))
  return (pattern) => (pattern === undefined ? undefined : lanes.get(pattern)) ?? direct
}
