import { createHistogram } from 'node:perf_hooks'
import { rawClients } from '../load/raw-client.ts'
import { nowUs } from '../protocol.ts'
import type { Scenario } from '../scenario.ts'

const connections = 1_000
const perSecond = 20
const seconds = 6

/** From the call that publishes to the client's socket, 1,000 readers of one channel. Durable on our side: the disk is in it. */
export const latency: Scenario = {
  name: 'latency',
  stockNote: 'sends without storing',
  rounds: 3,
  async run(server) {
    const histogram = createHistogram({ lowest: 1, highest: 60_000_000 })
    let received = 0
    const tokens = await server.ask({ do: 'token', userId: 'reader', count: connections })
    const clients = await rawClients(tokens, 50, {
      port: server.port,
      onPacket(packet) {
        const at = packet.indexOf('"t":')
        if (at < 0) return
        received++
        histogram.record(Math.max(1, nowUs() - Number.parseInt(packet.slice(at + 4, at + 24), 10)))
      },
    })
    await server.ask({ do: 'publish', perSecond, count: perSecond })
    histogram.reset()
    received = 0
    const { cpuMs } = await server.ask({ do: 'publish', perSecond, count: perSecond * seconds })
    const expected = perSecond * seconds * connections
    if (received !== expected) throw new Error(`latency: ${received} of ${expected} deliveries arrived`)
    await Promise.all(clients.map((client) => client.close()))
    return [
      { label: 'publish to client, p50', unit: 'ms', better: 'lower', value: histogram.percentile(50) / 1_000 },
      { label: 'publish to client, p99', unit: 'ms', better: 'lower', value: histogram.percentile(99) / 1_000 },
      { label: 'server CPU per delivery', unit: 'µs', better: 'lower', value: (cpuMs * 1_000) / expected },
    ]
  },
}
