import { setTimeout as pause } from 'node:timers/promises'
import type { Broker, ChannelKey } from '@millrace/server'
import { postgresBroker } from '@millrace/server/postgres'
import { nowUs } from '../clock.ts'
import { Latencies } from '../load/latencies.ts'
import { answerCommands } from '../process/answer-commands.ts'
import { pace } from '../servers/pace.ts'
import type { BrokerCommands } from './commands.ts'

/** So many publications of one node are under way at a time, as of as many callers that each wait for the answer. */
const underWay = 1_000

// Holds: written as `channelKey` does.
const mill = 'bench/mill:1' as ChannelKey
const nobody = 'bench/nobody:1' as ChannelKey
const latencies = new Latencies()
let broker: Broker | null = null
let sent = 0

function opened(): Broker {
  if (broker === null) throw new Error('the broker is not open')
  return broker
}

function publish(channel: ChannelKey, pad: string): Promise<void> {
  const id = `${process.pid}-${sent++}`
  return opened().publish({
    channel,
    delivery: 'volatile',
    event: 'stock:glanced',
    id,
    time: Date.now(),
    json: `{"t":${nowUs()},"pad":"${pad}"}`,
  })
}

answerCommands<BrokerCommands>({
  async open({ url }) {
    broker = await postgresBroker({ url })
    // The data begins with the time; what else is in it is not looked at, as in a server.
    broker.listen(({ json }) => latencies.record(nowUs() - Number.parseInt(json.slice('{"t":'.length), 10)))
    return null
  },
  async subscribe({ others }) {
    const keys = Array.from({ length: others }, (_, index) => `bench/doc:${index}` as ChannelKey)
    await Promise.all([mill, ...keys].map((key) => opened().subscribe(key)))
    return null
  },
  async publish({ perSecond, seconds, padBytes, toNobody = false }) {
    const channel = toNobody ? nobody : mill
    const pad = 'x'.repeat(padBytes)
    const start = performance.now()
    let taken = 0
    if (perSecond !== null) {
      const all: Promise<unknown>[] = []
      await pace({ perSecond, perTurn: 1, count: perSecond * seconds }, () => all.push(publish(channel, pad).then(() => taken++)))
      await Promise.all(all)
    } else {
      const publisher = async (): Promise<void> => {
        while (performance.now() - start < seconds * 1_000) {
          await publish(channel, pad)
          taken++
        }
      }
      await Promise.all(Array.from({ length: underWay }, publisher))
    }
    return { taken }
  },
  async read({ count }) {
    while (latencies.total < count) await pause(10)
    const heard = { count: latencies.total, p50Us: latencies.percentile(0.5), p99Us: latencies.percentile(0.99) }
    latencies.reset()
    return heard
  },
})
