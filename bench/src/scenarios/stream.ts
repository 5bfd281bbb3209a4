import { setTimeout as pause } from 'node:timers/promises'
import type { Received } from '../load/commands.ts'
import type { Pair } from '../pair.ts'
import { type Account, openAccount } from '../process/accounts.ts'
import type { Publishing } from '../servers/commands.ts'

export interface Streaming extends Omit<Publishing, 'count' | 'padBytes'> {
  readonly seconds: number
  /** Where the deliveries are counted. */
  readonly group: string
  /** How many of the group each publication reaches. */
  readonly readers: number
  readonly padBytes?: number
}

export interface Streamed {
  /** Microseconds of the server's processor time. */
  readonly cpuPerDeliveryUs: number
  /** Of all that was due to arrive, what came within a second. */
  readonly onTimeShare: number
  readonly deliveriesPerSecond: number
  readonly received: Received
  readonly expected: number
  readonly account: Account
}

const pollMs = 50
/** What was published last has its second; where everything must arrive, what is late is waited for, and counted as late. */
const graceMs = { saturating: 1_000, complete: 10_000 }
export const usualPadBytes = 150

/** Publishes for a while, and accounts for what arrived, and at what cost. */
export async function stream(
  pair: Pair,
  { seconds, group, readers, padBytes = usualPadBytes, ...publishing }: Streaming,
): Promise<Streamed> {
  const { server, load } = pair
  const count = publishing.perSecond * seconds * publishing.perTurn
  const expected = count * readers
  await load.ask('reset', null)
  const account = openAccount(pair)
  const start = performance.now()
  const fault = server.publish({ ...publishing, count, padBytes }).then(
    () => null,
    (error: unknown) => error,
  )
  // Looked at by the clock: a server that is behind takes its time to say that it has published.
  await pause(seconds * 1_000)
  const inTime = await load.ask('read', { group })
  const inTimeMs = performance.now() - start
  let received = inTime
  const over = performance.now() + (publishing.skipLate ? graceMs.saturating : graceMs.complete)
  while (received.deliveries < expected && performance.now() < over) {
    await pause(pollMs)
    received = await load.ask('read', { group })
  }
  const failed = await Promise.race([fault, pause(0, null)])
  if (failed !== null) throw failed
  const closed = account()
  return {
    cpuPerDeliveryUs: (closed.serverMs * 1_000) / received.deliveries,
    onTimeShare: (received.deliveries - received.late) / expected,
    deliveriesPerSecond: (inTime.deliveries * 1_000) / inTimeMs,
    received,
    expected,
    account: closed,
  }
}

/** Throws where the figures would be worth nothing: not everything arrived, or somebody went away. */
export function assertComplete({ received, expected }: Streamed): void {
  if (received.lost > 0) throw new Error(`${received.lost} connections ended`)
  if (received.deliveries !== expected) throw new Error(`${received.deliveries} of ${expected} deliveries arrived`)
}
