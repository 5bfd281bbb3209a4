import { createHistogram } from 'node:perf_hooks'
import { rawClients } from '../load/raw-client.ts'
import { nowUs } from '../protocol.ts'
import type { Figure, Scenario } from '../scenario.ts'

const connections = 1_000
const perSecond = 20
const seconds = 6
const expected = perSecond * seconds * connections

/** From the call that publishes to the client's socket, 1,000 readers of one channel. Durable on our side: the disk is in it. */
export const latency: Scenario = {
  name: 'latency',
  stockNote: 'always sends without storing',
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
    const figures: Figure[] = []
    for (const delivery of ['volatile', 'durable'] as const) {
      await server.ask({ do: 'publish', delivery, perSecond, count: perSecond })
      histogram.reset()
      received = 0
      const { cpuMs } = await server.ask({ do: 'publish', delivery, perSecond, count: perSecond * seconds })
      if (received !== expected) throw new Error(`latency: ${received} of ${expected} deliveries arrived`)
      figures.push(
        { label: `${delivery}, publish to client, p50`, unit: 'ms', better: 'lower', value: histogram.percentile(50) / 1_000 },
        { label: `${delivery}, publish to client, p99`, unit: 'ms', better: 'lower', value: histogram.percentile(99) / 1_000 },
        { label: `${delivery}, server CPU per delivery`, unit: 'µs', better: 'lower', value: (cpuMs * 1_000) / expected },
      )
    }
    await Promise.all(clients.map((client) => client.close()))
    return figures
  },
}
