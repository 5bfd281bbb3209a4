import { residentBytes } from '../process/accounts.ts'
import type { Scenario } from '../scenario.ts'

const connections = 10_000
const warmUp = 500

/** Resident memory that an idle connection takes: with a token and three subscriptions; of `ws` with neither. */
export const idle: Scenario = {
  name: 'idle',
  subjects: ['stock', 'ws', 'millrace'],
  async run({ start }) {
    const bytes = await start(async ({ server, connect }) => {
      // Code and buffers that the first connections bring in are not what a connection costs.
      await connect('warm', warmUp)
      await server.ask('collect', null)
      const before = residentBytes(server.pid)
      await connect('idle', connections)
      await server.ask('collect', null)
      return residentBytes(server.pid) - before
    })
    return [
      {
        key: 'memory',
        label: 'resident memory per idle connection, 10,000',
        unit: 'KB',
        better: 'lower',
        value: bytes / connections / 1_024,
      },
    ]
  },
}
