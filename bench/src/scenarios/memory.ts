import { rawClients } from '../load/raw-client.ts'
import type { Scenario } from '../scenario.ts'

const connections = 3_000

/** Resident memory that an idle connection with a token and three subscriptions takes. */
export const memory: Scenario = {
  name: 'memory',
  rounds: 3,
  async run(server) {
    // Code and buffers that the first connections bring in are not what a connection costs.
    const warm = await server.ask({ do: 'token', userId: 'warm', count: 500 })
    const first = await rawClients(warm, 50, { port: server.port })
    const before = await server.ask({ do: 'memory' })
    const tokens = await server.ask({ do: 'token', userId: 'idle', count: connections })
    const clients = await rawClients(tokens, 50, { port: server.port })
    const after = await server.ask({ do: 'memory' })
    await Promise.all([...first, ...clients].map((client) => client.close()))
    return [
      {
        label: 'memory per idle connection',
        unit: 'KB',
        better: 'lower',
        value: (after.residentBytes - before.residentBytes) / connections / 1_024,
      },
    ]
  },
}
