import { setTimeout as pause } from 'node:timers/promises'
import type { Pair } from '../pair.ts'
import { openAccount } from '../process/accounts.ts'
import type { Scenario } from '../scenario.ts'
import type { SubjectName } from '../subject.ts'
import { usualPadBytes } from './stream.ts'

const clients = 5_000
const atOnce = 2_000
const group = 'returning'
const publishing = { deliveries: ['durable'], firstMill: 1, mills: 1, perTurn: 1, padBytes: usualPadBytes } as const
/** While all are away; while they come back; when all are there. */
const [away, meanwhile, after] = [20, 10, 1]
const published = away + meanwhile + after
const graceMs = 3_000
const pollMs = 50

interface Client {
  connect(pair: Pair): Promise<{ readonly ms: number }>
  /** Counts what all have together of `published` publications. */
  audit(pair: Pair): Promise<{ readonly lost: number; readonly twice: number }>
}

const clientOf: Readonly<Record<Extract<SubjectName, 'stock' | 'millrace'>, Client>> = {
  stock: {
    connect: ({ connect }) => connect(group, clients, { atOnce }),
    // It has no positions: what did not arrive is lost, and nothing is sent twice.
    audit: async ({ load }) => ({ lost: clients * published - (await load.ask('read', { group })).deliveries, twice: 0 }),
  },
  millrace: {
    connect: ({ server, load }) => load.ask('subscribe', { port: server.port, group, count: clients, atOnce }),
    audit: ({ load }) => load.ask('audit', { group, published }),
  },
}

/** 5,000 clients are cut off at once, miss 20 publications, and come back at once, while more is published. */
export const reconnect: Scenario = {
  name: 'reconnect',
  subjects: ['stock', 'millrace'],
  run: ({ subject, start }) =>
    start(async (pair) => {
      const { server, load } = pair
      const client = clientOf[subject === 'stock' ? 'stock' : 'millrace']
      await client.connect(pair)
      await load.ask('reset', null)
      await load.ask('cut', { group })
      await server.publish({ ...publishing, perSecond: 100, count: away })
      const account = openAccount(pair)
      const [{ ms }] = await Promise.all([client.connect(pair), server.publish({ ...publishing, perSecond: 5, count: meanwhile })])
      const closed = account()
      await server.publish({ ...publishing, perSecond: 1, count: after })
      let audit = await client.audit(pair)
      for (const over = performance.now() + graceMs; audit.lost > 0 && performance.now() < over; audit = await client.audit(pair))
        await pause(pollMs)
      const label = (what: string): string => `5,000 come back, ${published} published since: ${what}`
      return [
        { key: 'time', label: label('all live and complete after'), unit: 's', better: 'lower', value: ms / 1_000, account: closed },
        {
          key: 'lost',
          label: label(`never arrived, of ${(clients * published).toLocaleString('en')}`),
          unit: '',
          better: 'lower',
          value: audit.lost,
        },
        { key: 'twice', label: label('arrived twice'), unit: '', better: 'lower', value: audit.twice },
      ]
    }),
}
