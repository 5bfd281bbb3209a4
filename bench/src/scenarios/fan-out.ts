import type { Mills } from '../load/commands.ts'
import type { Figure, Run, Scenario } from '../scenario.ts'
import type { SubjectName } from '../subject.ts'
import type { Delivery } from '../wire.ts'
import { type Fact, figuresOf } from './facts.ts'
import { assertComplete, stream } from './stream.ts'

interface FanOut {
  readonly name: string
  /** What a reader of the table is told of it. */
  readonly title: string
  readonly subjects: readonly SubjectName[]
  readonly perSecond: number
  readonly perTurn: number
  readonly facts: readonly Fact[]
  /** Runs with these classes, each a set of rows of its own; those of the log only for who has one. */
  readonly variants: readonly Variant[]
  /** Past what a server can do: not everything arrives. */
  readonly saturating?: boolean
  /** Many rooms, published to in turn: all of them, and how many each connection is in. */
  readonly rooms?: Extract<Mills, { total: number }>
}

interface Variant {
  readonly prefix: string
  readonly suffix: string
  readonly deliveries: readonly Delivery[]
}

const connections = 1_000
const warmUp = { perSecond: 50, perTurn: 1, seconds: 2 }
const everybody: readonly SubjectName[] = ['stock', 'ws', 'floor', 'millrace']
const withLog: readonly SubjectName[] = ['stock', 'millrace']
/** What stock Socket.IO does by itself, and what the others do. */
const volatile: Variant = { prefix: '', suffix: '', deliveries: ['volatile'] }
/** On the disk first. */
const durable: Variant = { prefix: 'durable-', suffix: ', durable', deliveries: ['durable'] }

function fanOut({ name, title, subjects, perSecond, perTurn, facts, variants, saturating = false, rooms }: FanOut): Scenario {
  const to = {
    firstMill: 1,
    mills: rooms?.total ?? 1,
    readers: rooms === undefined ? connections : (connections * rooms.each) / rooms.total,
  }
  async function measure({ start, seconds }: Run, { prefix, suffix, deliveries }: Variant): Promise<Figure[]> {
    const streamed = await start(async (pair) => {
      await pair.connect('reader', connections, { mills: rooms ?? [1] })
      assertComplete(await stream(pair, { ...to, ...warmUp, deliveries, group: 'reader' }))
      return stream(pair, { ...to, perSecond, perTurn, seconds, deliveries, group: 'reader', skipLate: saturating })
    })
    if (!saturating) assertComplete(streamed)
    return figuresOf(streamed, facts, { prefix, title: `${title}${suffix}` })
  }
  return {
    name,
    subjects,
    async run(run) {
      const figures: Figure[] = []
      for (const variant of variants)
        if (!variant.deliveries.includes('durable') || withLog.includes(run.subject)) figures.push(...(await measure(run, variant)))
      return figures
    },
  }
}

export const steady20 = fanOut({
  name: 'steady20',
  title: '20/s × 1,000',
  subjects: everybody,
  perSecond: 20,
  perTurn: 1,
  facts: ['cpu', 'p50', 'p99'],
  variants: [volatile, durable],
})
export const steady100 = fanOut({
  name: 'steady100',
  title: '100/s × 1,000',
  subjects: everybody,
  perSecond: 100,
  perTurn: 1,
  facts: ['cpu', 'p50', 'p99'],
  variants: [volatile, durable],
})
export const burst = fanOut({
  name: 'burst',
  title: '500/s × 1,000',
  subjects: everybody,
  perSecond: 500,
  perTurn: 1,
  facts: ['throughput', 'p99', 'on-time', 'cpu'],
  variants: [volatile, durable],
  saturating: true,
})
export const perTurn = fanOut({
  name: 'perTurn',
  title: '10 per turn, 10 turns/s × 1,000',
  subjects: everybody,
  // More often, and stock could not keep up.
  perSecond: 10,
  perTurn: 10,
  facts: ['cpu', 'p50', 'p99'],
  variants: [volatile, durable],
})
export const rooms = fanOut({
  name: 'rooms',
  title: '1,000 in 50 rooms each, 2,000/s',
  subjects: withLog,
  perSecond: 2_000,
  perTurn: 1,
  facts: ['cpu', 'throughput', 'p50', 'p99'],
  variants: [volatile, durable],
  saturating: true,
  rooms: { total: 1_000, each: 50 },
})
export const mixed = fanOut({
  name: 'mixed',
  title: 'volatile, retained and durable, 20/s each × 1,000',
  subjects: withLog,
  perSecond: 20,
  perTurn: 3,
  facts: ['cpu', 'p50', 'p99'],
  variants: [{ prefix: '', suffix: '', deliveries: ['volatile', 'retained', 'durable'] }],
})
