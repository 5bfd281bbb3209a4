import { eventually, pause, type Random } from '@millrace-tests/support'
import type { LogAnswer, TestProcess } from '@millrace-tests/support/server'
import { checkHistories } from '../history.ts'
import { judge, keyOf } from '../run/judge.ts'
import type { Publisher } from '../run/publishers.ts'
import { historyOfVisit, startStockSubscriber } from '../run/stock-subscriber.ts'
import { startSubscriber } from '../run/subscriber.ts'
import { startSdkReader, startStockReader } from './signal-reader.ts'

export interface HealthyOptions {
  readonly server: TestProcess
  readonly tokenOf: (userId: string, millIds: readonly string[]) => string
  /** Durable publications go to these. */
  readonly millIds: readonly string[]
  /** Volatile and retained ones go to this. */
  readonly signalsId: string
  readonly random: Random
}

/** Those who behave, on the server that others attack, and what became of them. */
export interface Healthy {
  readonly connections: number
  /** Waits until they have come to the end, as far as they do, then says what they missed, or heard twice, out of order or in more than one visit. */
  complaints(sent: { readonly publishers: readonly Publisher[]; readonly readings: number; readonly statistics: number }): Promise<string[]>
  close(): void
}

const ways = [['websocket'], ['polling'], ['polling', 'websocket']] as const
const comesWithin = { ms: 30_000 }

export async function startHealthy({ server, tokenOf, millIds, signalsId, random }: HealthyOptions): Promise<Healthy> {
  const { url } = server
  const somebody = (name: string, millId: string) => ({ name, url, token: tokenOf(name, [millId]), millId })
  const each = millIds.flatMap((millId) => ways.map((transports) => ({ millId, transports })))
  const subscribers = each.map(({ millId, transports }) =>
    startSubscriber({ ...somebody(`sdk-${millId}-${transports.join('-')}`, millId), transports, random: random.fork() }),
  )
  const stock = each.map(({ millId, transports }) =>
    startStockSubscriber({ ...somebody(`stock-${millId}-${transports.join('-')}`, millId), transports }),
  )
  await Promise.all(subscribers.map(({ started }) => started))
  await eventually('the stock clients listen', () => stock.every(({ connected }) => connected), { ms: 10_000 })
  const signals = await Promise.all([
    startSdkReader(somebody('signals-sdk', signalsId)),
    startStockReader(somebody('signals-stock', signalsId)),
  ])

  /** Stock clients have no positions: they are to have heard the whole log, in one visit. */
  function stockComplaints(logs: ReadonlyMap<string, LogAnswer>): string[] {
    return stock.flatMap(({ name, channel, visits, ends, odd }) => {
      const log = logs.get(channel)
      const [visit] = visits
      if (log === undefined || visit === undefined || visits.length !== 1)
        return [`${name}: ${visits.length} visits, ended by ${ends.join(', ')}`]
      const records = log.entries.map((entry) => ({ offset: entry.offset, id: keyOf(entry) }))
      const { items } = historyOfVisit(visit, new Map(records.map(({ id, offset }) => [id, offset])))
      const violations = checkHistories({
        logs: [{ channel, head: log.head, records }],
        subscribers: [{ subscriber: name, channel, after: 0, items }],
      })
      return [...odd.map((event) => `${name}: arguments of ${event}`), ...violations.map((violation) => JSON.stringify(violation))]
    })
  }

  return {
    connections: subscribers.length + stock.length + signals.length,
    async complaints({ publishers, readings, statistics }) {
      const channels = millIds.map((millId) => `mill:${millId}`)
      const logs = new Map(await Promise.all(channels.map(async (channel) => [channel, await server.log({ channel })] as const)))
      const headOf = (channel: string) => logs.get(channel)?.head ?? 0
      const haveCome = () =>
        subscribers.every(({ channel, lastOffset }) => lastOffset >= headOf(channel)) &&
        stock.every(({ channel, visits }) => (visits.at(-1)?.items.length ?? 0) >= headOf(channel)) &&
        signals.every((reader) => reader.readings.length >= readings)
      // Who does not come is judged by what they have, which says more than a deadline.
      await eventually('all of it', haveCome, comesWithin).catch(() => {})
      // What is sent once too often comes now.
      await pause(300)

      const attempts = publishers.flatMap((publisher) => publisher.attempts)
      const histories = subscribers.map(({ history }) => history)
      const { log, sdk } = judge({ logs, attempts, shop: { channel: '', rows: [] }, histories, stock: [] })
      return [
        ...[...log, ...sdk].map((violation) => JSON.stringify(violation)),
        ...stockComplaints(logs),
        ...subscribers.flatMap(({ history, reports }) => reports.map((report) => `${history.subscriber}: ${report}`)),
        ...signals.flatMap((reader) => {
          const first = reader.readings.findIndex((kg, index) => kg !== index)
          const newest = Math.max(-1, ...reader.statistics.values())
          return [
            ...(first < 0 ? [] : [`${reader.name} heard reading ${reader.readings[first]} in the place of ${first}`]),
            ...(reader.readings.length === readings ? [] : [`${reader.name} heard ${reader.readings.length} readings of ${readings}`]),
            ...(newest === statistics - 1 ? [] : [`${reader.name} has statistic ${newest}, not ${statistics - 1}`]),
            ...(reader.visits === 1 ? [] : [`${reader.name}: ${reader.visits} visits`]),
          ]
        }),
      ]
    },
    close() {
      for (const one of [...subscribers, ...stock, ...signals]) one.close()
    },
  }
}
