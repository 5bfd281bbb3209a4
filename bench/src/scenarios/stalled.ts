import { setTimeout as pause } from 'node:timers/promises'
import type { Server } from '../pair.ts'
import { type Account, residentBytes } from '../process/accounts.ts'
import type { Figure, Run, Scenario } from '../scenario.ts'
import { assertComplete, stream } from './stream.ts'

const readers = 900
const stalledReaders = 100
/** Fills the kernel's buffers and the queues of those who do not read: theirs alone is a second channel. */
const flood = { deliveries: ['volatile'], firstMill: 2, mills: 1, perSecond: 20, perTurn: 1, padBytes: 65_536 } as const
const floodSeconds = 10
const steady = { deliveries: ['volatile'], firstMill: 1, mills: 1, perSecond: 100, perTurn: 1, group: 'reader', readers } as const
const megabyte = 1_048_576
const sampleMs = 250

interface Measured {
  readonly account: Account
  readonly figures: readonly Figure[]
  readonly p99Us: number
}

/** 100 clients among 1,000 stop reading; what that does to the others, beside the same run in which all read, and to the server's memory. */
export const stalled: Scenario = {
  name: 'stalled',
  subjects: ['stock', 'millrace'],
  async run(run) {
    const without = await measure(run, false)
    const withThem = await measure(run, true)
    const ms = { unit: 'ms', better: 'lower' } as const
    return [
      {
        key: 'p99-without',
        label: '900 readers at 100/s, 100 more read: p99',
        ...ms,
        value: without.p99Us / 1_000,
        account: without.account,
      },
      {
        key: 'p99',
        label: '900 readers at 100/s, 100 more are stalled: p99',
        ...ms,
        value: withThem.p99Us / 1_000,
        account: withThem.account,
      },
      {
        key: 'p99-ratio',
        label: 'p99 of the 900, with stalled ÷ without',
        unit: '×',
        better: 'lower',
        value: withThem.p99Us / without.p99Us,
        // As rough as the rougher of the two.
        account: without.account.othersShare > withThem.account.othersShare ? without.account : withThem.account,
      },
      ...withThem.figures,
    ]
  },
}

function measure({ start, seconds, subject }: Run, stalling: boolean): Promise<Measured> {
  return start(async (pair) => {
    const { server, load, connect } = pair
    const settle = () => stream(pair, { ...steady, seconds: 2 })
    await connect('reader', readers)
    await connect('stalled', stalledReaders, { mills: [1, 2] })
    await settle()
    await server.ask('collect', null)
    const before = residentBytes(server.pid)
    if (stalling) await load.ask('stall', { group: 'stalled' })
    const flooding = server.publish({ ...flood, count: flood.perSecond * floodSeconds })
    const queuedBytes = subject === 'millrace' ? await highest(server, flooding) : null
    await flooding
    // What is still on its way to those who read is no part of what follows.
    await settle()
    const streamed = await stream(pair, { ...steady, seconds })
    assertComplete(streamed)
    const { received, account } = streamed
    await server.ask('collect', null)
    const memory: Figure = {
      key: 'memory',
      label: 'server memory that 100 stalled readers take',
      unit: 'MB',
      better: 'lower',
      value: (residentBytes(server.pid) - before) / megabyte,
      account,
    }
    const queue = { key: 'queued', label: 'most that was queued for them, by the server’s account', unit: 'MB', better: 'lower' } as const
    return {
      account,
      p99Us: received.p99Us,
      figures: queuedBytes === null ? [memory] : [memory, { ...queue, value: queuedBytes / megabyte, account }],
    }
  })
}

/** The most that the server has said was queued, until `over`. */
async function highest(server: Server, over: Promise<unknown>): Promise<number> {
  let bytes = 0
  for (let going = true; going; ) {
    const until = await Promise.race([over.then(() => 'over' as const), pause(sampleMs, 'next' as const)])
    going = until === 'next'
    bytes = Math.max(bytes, (await server.ask('queuedBytes', null)) ?? 0)
  }
  return bytes
}
