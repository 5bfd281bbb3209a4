import type { Scenario } from '../scenario.ts'
import { assertComplete, type Streaming, stream } from './stream.ts'

const readers = 10
const mills = [1, 2, 3, 4, 5, 6, 7, 8]
const commits: Omit<Streaming, 'seconds'> = {
  ...{ deliveries: ['durable'], firstMill: 1, mills: mills.length, perSecond: 200, perTurn: 1 },
  ...{ group: 'readers', readers, transactional: true },
}
const warmUpSeconds = 1

/**
 * A row and its publication in one transaction of PostgreSQL's, 200 transactions a second, from just before the commit to the client. Stock
 * sends when it has committed: what happens to its event where the process ends in between is another matter.
 */
export const outbox: Scenario = {
  name: 'outbox',
  subjects: ['stock', 'millrace'],
  run: ({ start, seconds }) =>
    start(
      async (pair) => {
        await pair.connect(commits.group, readers, { mills })
        await stream(pair, { ...commits, seconds: warmUpSeconds })
        const streamed = await stream(pair, { ...commits, seconds })
        assertComplete(streamed)
        const ms = { unit: 'ms', better: 'lower' } as const
        // PostgreSQL is one of the others that an account would complain of.
        return [
          { key: 'p50', label: '200 commits/s in PostgreSQL, commit to client: p50', ...ms, value: streamed.received.p50Us / 1_000 },
          { key: 'p99', label: '200 commits/s in PostgreSQL, commit to client: p99', ...ms, value: streamed.received.p99Us / 1_000 },
        ]
      },
      { postgres: true },
    ),
}
