import { setTimeout as pause } from 'node:timers/promises'
import type { Received } from '../load/commands.ts'
import { cpuMs } from '../process/accounts.ts'
import type { Publishing } from '../servers/commands.ts'
import type { Pair } from '../subject.ts'

export interface Streaming extends Omit<Publishing, 'count' | 'padBytes'> {
  readonly seconds: number
  /** Where the deliveries are counted, and how many there are to be per publication. */
  readonly group: string
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
  /** Share of its core that the load generator took. */
  readonly loadShare: number
}

const pollMs = 50
const graceMs = 1_000

/** Publishes for a while, and accounts for what arrived, and at what cost. */
export async function stream({ server, load }: Pair, streaming: Streaming): Promise<Streamed> {
  const { perSecond, perTurn, seconds, group, readers, delivery, padBytes = 150 } = streaming
  const count = perSecond * seconds * perTurn
  const expected = count * readers
  await load.ask('reset', null)
  const start = { at: performance.now(), server: cpuMs(server.pid), load: cpuMs(load.pid) }
  const fault = server.publish({ delivery, perSecond, perTurn, count, padBytes }).then(
    () => null,
    (error: unknown) => error,
  )
  // Looked at by the clock: a server that is behind takes its time to say that it has published.
  await pause(seconds * 1_000)
  const inTime = await load.ask('read', { group })
  const inTimeMs = performance.now() - start.at
  // What was published last still has its second.
  let received = inTime
  const over = performance.now() + graceMs
  while (received.deliveries < expected && performance.now() < over) {
    await pause(pollMs)
    received = await load.ask('read', { group })
  }
  const failed = await Promise.race([fault, pause(0, null)])
  if (failed !== null) throw failed
  const tookMs = performance.now() - start.at
  return {
    cpuPerDeliveryUs: ((cpuMs(server.pid) - start.server) * 1_000) / received.deliveries,
    onTimeShare: (received.deliveries - received.late) / expected,
    deliveriesPerSecond: (inTime.deliveries * 1_000) / inTimeMs,
    received,
    expected,
    loadShare: (cpuMs(load.pid) - start.load) / tookMs,
  }
}
