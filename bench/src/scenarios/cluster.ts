import { setTimeout as pause } from 'node:timers/promises'
import type { Pair } from '../pair.ts'
import { openAccount } from '../process/accounts.ts'
import type { Figure, Scenario } from '../scenario.ts'
import { figuresOf } from './facts.ts'
import { assertComplete, type Streaming, stream, usualPadBytes } from './stream.ts'

const mills = [1, 2, 3, 4, 5, 6, 7, 8]
const warmUpSeconds = 2
const steady: Omit<Streaming, 'seconds'> = {
  ...{ deliveries: ['volatile'], firstMill: 1, mills: mills.length, perSecond: 200, perTurn: 1 },
  ...{ group: 'readers', readers: 10 },
}
/** One reader for each publication, more than a node carries: what passes from server to server is measured. */
const flood: Omit<Streaming, 'seconds'> = { ...steady, perSecond: 1_000, perTurn: 30, group: 'reader', readers: 1, skipLate: true }
/** What ten other nodes publish to channels that nobody here holds. */
const unrelated = {
  deliveries: ['volatile'],
  firstMill: 1_000,
  mills: 1_000,
  perSecond: 500,
  perTurn: 10,
  padBytes: usualPadBytes,
} as const

/** Processor time of the node that clients are connected to, as a share of a core, while nothing is published for them. */
async function doorShare({ door, loads }: Pair, seconds: number, meanwhile: () => Promise<unknown>): Promise<number> {
  const account = openAccount({ server: door, loads })
  await Promise.all([meanwhile(), pause(seconds * 1_000)])
  return account().serverMs / (seconds * 1_000)
}

/**
 * Two servers, joined by Redis: published on one, read by clients of the other. Stock does it with its adapter on Redis streams. PostgreSQL is the
 * store, as in a cluster; what is published is volatile, as stock's is.
 */
export const cluster: Scenario = {
  name: 'cluster',
  subjects: ['stock', 'millrace'],
  async run({ start, seconds }) {
    const steadily = await start(
      async (pair) => {
        await pair.connect(steady.group, steady.readers, { mills })
        await stream(pair, { ...steady, seconds: warmUpSeconds })
        const streamed = await stream(pair, { ...steady, seconds })
        assertComplete(streamed)
        const idle = await doorShare(pair, seconds, async () => undefined)
        const busy = await doorShare(pair, seconds, () => pair.server.publish({ ...unrelated, count: 5_000 * seconds }))
        const spent: Figure = {
          ...{ key: 'unrelated', label: '5,000/s of others on Redis: CPU of a node that hears none of it' },
          ...{ unit: '% of a core', better: 'lower', value: (busy - idle) * 100 },
        }
        return [...figuresOf(streamed, ['p50', 'p99'], { prefix: '', title: '200/s from node to node × 10' }), spent]
      },
      { postgres: true, nodes: 2 },
    )
    const flooded = await start(
      async (pair) => {
        await pair.connect(flood.group, mills.length, { mills: { total: mills.length, each: 1 } })
        await stream(pair, { ...flood, perTurn: 5, seconds: warmUpSeconds })
        const doorAccount = openAccount({ server: pair.door, loads: pair.loads })
        const streamed = await stream(pair, { ...flood, seconds })
        const title = '30,000/s from node to node × 1'
        const spentMs = streamed.account.serverMs + doorAccount().serverMs
        const spent: Figure = {
          ...{ key: 'flood-cpu', label: `${title}: CPU of both servers per delivery`, unit: 'µs', better: 'lower' },
          value: (spentMs * 1_000) / streamed.received.deliveries,
        }
        return [...figuresOf(streamed, ['throughput'], { prefix: 'flood-', title }), spent]
      },
      { postgres: true, nodes: 2 },
    )
    return [...steadily, ...flooded]
  },
}
