import { openAccount } from '../process/accounts.ts'
import type { Scenario } from '../scenario.ts'

const clients = 100
const depth = 10
const warmUpSeconds = 1

/** A client's question and the server's answer, with a token on the connection and, here, schemas for both. */
export const ack: Scenario = {
  name: 'ack',
  subjects: ['stock', 'millrace'],
  run: ({ start, seconds }) =>
    start(async (pair) => {
      const { load, connect } = pair
      await connect('asking', clients)
      await connect('alone', 1)
      await load.ask('ask', { group: 'asking', depth, seconds: warmUpSeconds })
      const alone = await load.ask('ask', { group: 'alone', depth: 1, seconds })
      const account = openAccount(pair)
      const together = await load.ask('ask', { group: 'asking', depth, seconds })
      const closed = account()
      const us = { unit: 'µs', better: 'lower' } as const
      return [
        { key: 'p50', label: 'request and answer, one client: p50', ...us, value: alone.p50Us },
        {
          key: 'throughput',
          label: '100 clients, 10 requests under way each: answers',
          unit: '/s',
          better: 'higher',
          value: together.perSecond,
          account: closed,
        },
        { key: 'p99', label: '100 clients, 10 requests under way each: p99', ...us, value: together.p99Us, account: closed },
        {
          key: 'cpu',
          label: 'server CPU per answer',
          ...us,
          value: (closed.serverMs * 1_000) / (together.perSecond * seconds),
          account: closed,
        },
      ]
    }),
}
