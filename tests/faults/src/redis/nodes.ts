import { createClient } from '@millrace/client'
import { channel, defineContract, event } from '@millrace/contract'
import type { Broker } from '@millrace/server'
import { redisBroker } from '@millrace/server/redis'
import { startTestServer } from '@millrace/server/testing'
import { eventually, systemClock } from '@millrace-tests/support'
import { z } from 'zod'

const contract = defineContract({
  channels: { mill: channel('mill:{millId}', { events: { ticked: event(z.object({ n: z.number() }), { delivery: 'volatile' }) } }) },
  requests: {},
})
const mill = contract.channels.mill({ millId: '1' })

/** A node of a cluster, its broker's comebacks counted. */
async function startNode(url: string, prefix: string) {
  const broker = await redisBroker({ url, prefix })
  let restored = 0
  const counted: Broker = {
    ...broker,
    listen: (handler, onRestored) =>
      broker.listen(handler, () => {
        restored += 1
        onRestored?.()
      }),
  }
  const server = await startTestServer({ contract, policy: { mill: () => true }, broker: counted, clock: systemClock })
  return {
    server,
    broker,
    get restored() {
      return restored
    },
    ready: async () => (await server.rt.health()).ready,
    async close() {
      await server.close()
      await broker.close()
    },
  }
}

/** Two nodes on one Redis, which is reached at `url`, and a client of the second. */
export async function startNodes(url: string) {
  const prefix = `test:${systemClock.now()}:`
  const [here, there] = await Promise.all([startNode(url, prefix), startNode(url, prefix)])
  const token = await there.server.mint({ userId: 'ravi' })
  const client = createClient({ contract, url: there.server.url, token: () => token })
  const heard = new Set<number>()
  let breaks = 0
  client.channel(mill).on('ticked', ({ n }) => heard.add(n))
  await eventually('the client is live', () => client.channel(mill).status.getSnapshot().state === 'live', { ms: 20_000 })
  client.connection.subscribe(() => {
    breaks += 1
  })
  await eventually('both nodes are ready', async () => (await here.ready()) && (await there.ready()))
  let n = 0
  return {
    here,
    there,
    /** How often the client's connection has changed its state. */
    get breaks() {
      return breaks
    },
    /** Publishes on the first node; whether the client of the second hears it. */
    async flows(): Promise<boolean> {
      n += 1
      const mine = n
      try {
        await here.server.rt.publish(mill, 'ticked', { n: mine })
      } catch {
        return false
      }
      return await eventually('heard', () => heard.has(mine), { ms: 1_000 }).then(
        () => true,
        () => false,
      )
    },
    async [Symbol.asyncDispose]() {
      client.close()
      await Promise.all([here.close(), there.close()])
    },
  }
}
