import { createClient } from '@millrace/client'
import { eventually, testContract } from '@millrace-tests/support'
import { io } from 'socket.io-client'

export interface SignalReaderOptions {
  readonly url: string
  readonly token: string
  readonly millId: string
}

/** Somebody who reads at once whatever comes, and writes down the scale's readings and the newest statistics. */
export interface SignalReader {
  readonly name: string
  readonly readings: readonly number[]
  /** The number of the newest value of each key. */
  readonly statistics: ReadonlyMap<string, number>
  /** How often it was connected. */
  readonly visits: number
  close(): void
}

interface Scale {
  readonly kg: number
}
interface Statistic {
  readonly key: string
  readonly value: string
}

function notebook() {
  const readings: number[] = []
  const statistics = new Map<string, number>()
  return {
    readings,
    statistics,
    scale: ({ kg }: Scale) => void readings.push(kg),
    statistic: ({ key, value }: Statistic) => void statistics.set(key, Number(value.split(' ')[0])),
  }
}

/** With the SDK, over a WebSocket. Resolves when it listens. */
export async function startSdkReader({ url, token, millId }: SignalReaderOptions): Promise<SignalReader> {
  const { scale, statistic, ...notes } = notebook()
  const connectionIds = new Set<string>()
  const client = createClient({ contract: testContract, url, token: () => token, transports: ['websocket'], onError: () => {} })
  const channel = client.channel(testContract.channels.mill({ millId }))
  channel.subscribe({ on: { 'scale:moved': scale, 'dashboard:stats': statistic } })
  client.connection.subscribe(() => {
    const connection = client.connection.getSnapshot()
    if (connection.state === 'live') connectionIds.add(connection.connectionId)
  })
  await eventually('the SDK listens', () => channel.status.getSnapshot().state === 'live', { ms: 10_000 })
  return {
    name: 'sdk',
    ...notes,
    get visits() {
      return connectionIds.size
    },
    close: () => client.close(),
  }
}

/** With the stock client, over a WebSocket. Resolves when it listens. */
export async function startStockReader({ url, token }: SignalReaderOptions): Promise<SignalReader> {
  const { scale, statistic, ...notes } = notebook()
  let visits = 0
  const socket = io(url, { transports: ['websocket'], auth: { token }, forceNew: true })
  socket.on('connected', () => {
    visits += 1
  })
  socket.on('scale:moved', scale)
  socket.on('dashboard:stats', statistic)
  await eventually('the stock client listens', () => visits > 0, { ms: 10_000 })
  return {
    name: 'stock',
    ...notes,
    get visits() {
      return visits
    },
    close: () => void socket.disconnect(),
  }
}
