import { setTimeout as pause } from 'node:timers/promises'
import { nowUs } from '../clock.ts'
import { askRequest } from '../wire.ts'
import { clientFrame } from './client-frame.ts'
import type { Answered } from './commands.ts'
import { Latencies } from './latencies.ts'
import type { LoadConnection } from './load-connection.ts'

const ack = '43'

/** Has `depth` requests under way on each connection: each answer is followed by the next request. */
export async function ask(connections: readonly LoadConnection[], depth: number, seconds: number): Promise<Answered> {
  const latencies = new Latencies()
  let going = true
  // An ack's number is its slot: there is one under way per slot.
  const frames = Array.from({ length: depth }, (_, slot) => clientFrame(`42${slot}["${askRequest}",{"n":${slot}}]`))
  for (const connection of connections) {
    const sentAt = new Float64Array(depth)
    const send = (slot: number, frame: Buffer): void => {
      sentAt[slot] = nowUs()
      connection.write(frame)
    }
    connection.onPacket = (packet) => {
      if (!packet.startsWith(ack)) return
      const slot = Number.parseInt(packet.slice(ack.length), 10)
      latencies.record(nowUs() - (sentAt[slot] ?? 0))
      const frame = frames[slot]
      if (going && frame !== undefined) send(slot, frame)
    }
    for (const [slot, frame] of frames.entries()) send(slot, frame)
  }
  const start = performance.now()
  await pause(seconds * 1_000)
  going = false
  return {
    perSecond: (latencies.total * 1_000) / (performance.now() - start),
    p50Us: latencies.percentile(0.5),
    p99Us: latencies.percentile(0.99),
  }
}
