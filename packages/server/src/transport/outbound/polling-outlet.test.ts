import type { Socket } from 'socket.io'
import { expect, it } from 'vitest'
import { PollingOutlet } from './polling-outlet.ts'
import { SocketFrame } from './socket-frame.ts'

const lane = { name: 'direct', maxBytes: 1_000_000, highWaterBytes: 1_000_000, volatile: 'drop-newest' } as const
/** Frames count 64 bytes more than their payload. */
const frame = (bytes: number) => new SocketFrame('x'.repeat(bytes - 64), { delivery: 'durable', lane })

/** An outlet over an engine that has sent a packet when it is told so. */
function subject(maxBytes: number) {
  const handed: (() => void)[] = []
  let sent = 0
  // Holds: the outlet uses nothing else of a connection.
  const conn = { send: (_: string, _options: object, done: () => void) => handed.push(done) } as unknown as Socket['conn']
  const outlet = new PollingOutlet(conn, maxBytes, () => sent++)
  return { outlet, handed, poll: () => handed.shift()?.(), sent: () => sent }
}

it('[BP1] counts what was handed to the engine until it has left', () => {
  const { outlet, poll, sent } = subject(1_000)
  outlet.write(frame(300))
  outlet.write(frame(200))
  expect(outlet.unsentBytes).toBe(500)
  poll()
  expect(outlet.unsentBytes).toBe(200)
  poll()
  expect([outlet.unsentBytes, sent()]).toEqual([0, 2])
})

it('[BP1] hands on no more than the bound, nor more than 64 KB', () => {
  for (const [maxBytes, limit] of [
    [1_000, 1_000],
    [1_048_576, 65_536],
  ] as const) {
    const { outlet, poll } = subject(maxBytes)
    expect(outlet.takes(limit + 1)).toBe(true)
    outlet.write(frame(limit - 100))
    expect([outlet.ready, outlet.takes(100), outlet.takes(101)]).toEqual([true, true, false])
    outlet.write(frame(100))
    expect([outlet.ready, outlet.takes(1)]).toEqual([false, false])
    poll()
    expect([outlet.ready, outlet.takes(100)]).toEqual([true, true])
  }
})
