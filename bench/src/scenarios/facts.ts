import type { Figure } from '../scenario.ts'
import type { Streamed } from './stream.ts'

export type Fact = 'cpu' | 'p50' | 'p99' | 'throughput' | 'on-time'

const facts: Readonly<Record<Fact, Pick<Figure, 'label' | 'unit' | 'better'> & { readonly of: (streamed: Streamed) => number }>> = {
  cpu: { label: 'server CPU per delivery', unit: 'µs', better: 'lower', of: ({ cpuPerDeliveryUs }) => cpuPerDeliveryUs },
  p50: { label: 'p50', unit: 'ms', better: 'lower', of: ({ received }) => received.p50Us / 1_000 },
  p99: { label: 'p99', unit: 'ms', better: 'lower', of: ({ received }) => received.p99Us / 1_000 },
  throughput: { label: 'deliveries', unit: '/s', better: 'higher', of: ({ deliveriesPerSecond }) => deliveriesPerSecond },
  'on-time': { label: 'arrived within 1 s', unit: '%', better: 'higher', of: ({ onTimeShare }) => onTimeShare * 100 },
}

export interface Described {
  /** Begins the key of each figure. */
  readonly prefix: string
  /** Begins the label of each figure. */
  readonly title: string
}

/** What is wanted of a stream, as figures. */
export function figuresOf(streamed: Streamed, wanted: readonly Fact[], { prefix, title }: Described): Figure[] {
  return wanted.map((fact) => {
    const { label, of, ...rest } = facts[fact]
    return { key: `${prefix}${fact}`, label: `${title}: ${label}`, ...rest, value: of(streamed), account: streamed.account }
  })
}
