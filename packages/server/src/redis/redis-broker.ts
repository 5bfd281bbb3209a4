import { randomUUID } from 'node:crypto'
import type { Clock } from '@millrace/contract'
import type { Broker } from '../broker/port.ts'
import { systemClock } from '../node/clock.ts'
import { eventLoop } from '../node/event-loop.ts'
import { systemRandom } from '../node/random.ts'
import { openBroker } from './broker.ts'
import { clusterSessions } from './cluster.ts'
import { locate, type RedisLocation } from './location.ts'
import { asRefusal } from './refusal.ts'
import { singleSessions } from './single.ts'

export interface RedisSettings {
  /** Before each channel's name: servers that share a Redis and are no cluster need different ones. */
  readonly prefix?: string
  /** How long an attempt to connect may take, signing in included. */
  readonly connectTimeoutMs?: number
  /** Past so many publications without Redis' answer a further one is refused with `unavailable`. */
  readonly maxWaiting?: number
  /** The same for their data, in characters. */
  readonly maxWaitingBytes?: number
  readonly clock?: Clock
  /** A number in [0, 1). */
  readonly random?: () => number
}

export type RedisBrokerOptions = RedisLocation & RedisSettings

export const redisDefaults = {
  prefix: 'millrace:',
  connectTimeoutMs: 5_000,
  maxWaiting: 50_000,
  maxWaitingBytes: 67_108_864,
} as const satisfies RedisSettings

/** Before health gives up the check (HLT1). */
const checkTimeoutMs = 1_500

/**
 * Carries publications between nodes through Redis 6.2 or newer, or what speaks its language. Nothing is kept there: no memory, no persistence
 * is needed. Rejects with a `ConfigurationError` of one line where it cannot start.
 */
export async function redisBroker(options: RedisBrokerOptions): Promise<Broker> {
  const settings = { ...redisDefaults, clock: systemClock, random: systemRandom, ...options }
  const { clock, random, connectTimeoutMs, prefix } = settings
  const { endpoints, shared } = locate(options)
  const [endpoint] = endpoints
  if (endpoint === undefined) throw new Error('a location has an endpoint')
  const beatChannel = `${prefix}$beat:${randomUUID()}`
  const open =
    shared === null
      ? singleSessions({ endpoint, clock, connectTimeoutMs, beatChannel })
      : clusterSessions({ endpoints, shared, clock, random, connectTimeoutMs, beatChannel: (n) => `${beatChannel}:${n}` })
  try {
    return await openBroker({
      ...settings,
      open,
      checkTimeoutMs,
      nextTurn: eventLoop.later,
      onProblem: (problem) => process.emitWarning(problem, 'MillraceWarning'),
    })
  } catch (error) {
    throw asRefusal(endpoint.name, error)
  }
}
