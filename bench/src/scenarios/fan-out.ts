import type { Figure, Run, Scenario } from '../scenario.ts'
import type { SubjectName } from '../subject.ts'
import { type Streamed, stream } from './stream.ts'

type Fact = 'cpu' | 'p50' | 'p99' | 'throughput' | 'on-time'

const facts: Readonly<Record<Fact, Pick<Figure, 'label' | 'unit' | 'better'> & { readonly of: (streamed: Streamed) => number }>> = {
  cpu: { label: 'server CPU per delivery', unit: 'µs', better: 'lower', of: ({ cpuPerDeliveryUs }) => cpuPerDeliveryUs },
  p50: { label: 'p50', unit: 'ms', better: 'lower', of: ({ received }) => received.p50Us / 1_000 },
  p99: { label: 'p99', unit: 'ms', better: 'lower', of: ({ received }) => received.p99Us / 1_000 },
  throughput: { label: 'deliveries', unit: '/s', better: 'higher', of: ({ deliveriesPerSecond }) => deliveriesPerSecond },
  'on-time': { label: 'arrived within 1 s', unit: '%', better: 'higher', of: ({ onTimeShare }) => onTimeShare * 100 },
}

export interface FanOut {
  readonly name: string
  /** What a reader of the table is told of it. */
  readonly title: string
  readonly perSecond: number
  readonly perTurn: number
  readonly facts: readonly Fact[]
  /** Everything must arrive: a figure without it would be worth nothing. */
  readonly complete: boolean
}

const readers = 1_000
const warmUp = { perSecond: 50, perTurn: 1, seconds: 2 }
const all: readonly SubjectName[] = ['stock', 'ws', 'floor', 'millrace']
const withLog: readonly SubjectName[] = ['stock', 'millrace']

/** Publishes to 1,000 readers of one channel: volatile, which is what stock Socket.IO and the others do, and durable, which is on the disk first. */
export function fanOut({ name, title, perSecond, perTurn, facts: wanted, complete }: FanOut): Scenario {
  async function measure({ start, seconds }: Run, delivery: 'volatile' | 'durable'): Promise<Figure[]> {
    const streamed = await start(async (pair) => {
      await pair.connect('reader', readers)
      await stream(pair, { ...warmUp, delivery, group: 'reader', readers })
      return stream(pair, { perSecond, perTurn, seconds, delivery, group: 'reader', readers })
    })
    const { received, expected, loadShare } = streamed
    if (complete && received.deliveries < expected) throw new Error(`${received.deliveries} of ${expected} deliveries arrived`)
    if (received.lost > 0) throw new Error(`${received.lost} connections ended`)
    const [key, what] = delivery === 'volatile' ? ['', title] : ['durable-', `${title}, durable`]
    return wanted.map((fact) => {
      const { label, of, ...rest } = facts[fact]
      return { key: `${key}${fact}`, label: `${what}: ${label}`, ...rest, value: of(streamed), loadShare }
    })
  }
  return {
    name,
    subjects: all,
    async run(run) {
      const volatile = await measure(run, 'volatile')
      return withLog.includes(run.subject) ? [...volatile, ...(await measure(run, 'durable'))] : volatile
    },
  }
}

export const steady20 = fanOut({
  name: 'steady20',
  title: '20/s × 1,000',
  perSecond: 20,
  perTurn: 1,
  facts: ['cpu', 'p50', 'p99'],
  complete: true,
})
export const steady100 = fanOut({
  name: 'steady100',
  title: '100/s × 1,000',
  perSecond: 100,
  perTurn: 1,
  facts: ['cpu', 'p50', 'p99'],
  complete: true,
})
export const burst = fanOut({
  name: 'burst',
  title: '500/s × 1,000',
  perSecond: 500,
  perTurn: 1,
  facts: ['throughput', 'p99', 'on-time', 'cpu'],
  complete: false,
})
export const perTurn = fanOut({
  name: 'perTurn',
  title: '10 per turn, 20 turns/s × 1,000',
  perSecond: 20,
  perTurn: 10,
  facts: ['cpu', 'p50', 'p99'],
  complete: true,
})
