import { openAccount } from '../process/accounts.ts'
import type { Scenario } from '../scenario.ts'
import { assertComplete, stream, usualPadBytes } from './stream.ts'

const readers = 200
const newcomers = 5_000
const atOnce = 1_000
const steady = { deliveries: ['volatile'], firstMill: 1, mills: 1, perSecond: 20, perTurn: 1, padBytes: usualPadBytes } as const
// Longer than any storm.
const publications = 20 * 120

/** 5,000 connect as fast as it goes, each with a token of its own, while 200 others are served. */
export const connections: Scenario = {
  name: 'connections',
  subjects: ['stock', 'ws', 'millrace'],
  run: ({ start, seconds }) =>
    start(async (pair) => {
      const { server, load, connect, startLoad } = pair
      const from = startLoad()
      await connect('reader', readers)
      const quiet = await stream(pair, { ...steady, seconds, group: 'reader', readers })
      assertComplete(quiet)
      await load.ask('reset', null)
      const account = openAccount(pair)
      // Ends with the server.
      server.publish({ ...steady, count: publications }).catch(() => {})
      const { ms } = await connect('storm', newcomers, { atOnce, mills: [2], from })
      const closed = account()
      const { p99Us, lost } = await load.ask('read', { group: 'reader' })
      if (lost > 0) throw new Error(`${lost} of ${readers} connections ended`)
      const p99 = { unit: 'ms', better: 'lower' } as const
      return [
        {
          key: 'accepted',
          label: '5,000 connect at once: accepted',
          unit: '/s',
          better: 'higher',
          value: (newcomers * 1_000) / ms,
          account: closed,
        },
        {
          key: 'cpu',
          label: 'server CPU per handshake',
          unit: 'µs',
          better: 'lower',
          value: (closed.serverMs * 1_000) / newcomers,
          account: closed,
        },
        { key: 'p99', label: '20/s to 200 others meanwhile: p99', ...p99, value: p99Us / 1_000, account: closed },
        { key: 'p99-quiet', label: '20/s to 200 others before: p99', ...p99, value: quiet.received.p99Us / 1_000, account: quiet.account },
      ]
    }),
}
