import { rawClients } from '../load/raw-client.ts'
import type { Scenario } from '../scenario.ts'

const connections = 2_000

/** New connections, each with a token of its own, three subscriptions assigned. */
export const accept: Scenario = {
  name: 'accept',
  rounds: 3,
  async run(server) {
    const tokens = await server.ask({ do: 'token', userId: 'visitor', count: connections })
    const start = performance.now()
    const clients = await rawClients(tokens, 50, { port: server.port })
    const perSecond = (connections * 1_000) / (performance.now() - start)
    await Promise.all(clients.map((client) => client.close()))
    return [{ label: 'connections accepted', unit: '/s', better: 'higher', value: perSecond }]
  },
}
