import type { SubjectName } from '../subject.ts'
import { medianOf, type Row } from './row.ts'

export interface Target {
  readonly scenario: string
  readonly key: string
  readonly text: string
  /** By Millrace's figure beside another's, or by itself; null where the other is missing. */
  readonly measure: (of: (subject: SubjectName) => number | null) => number | null
  readonly limit: { readonly atLeast: number } | { readonly atMost: number }
}

const beside =
  (other: SubjectName): Target['measure'] =>
  (of) => {
    const [own, others] = [of('millrace'), of(other)]
    return own === null || others === null ? null : own / others
  }
const itself: Target['measure'] = (of) => of('millrace')

const stock = { measure: beside('stock') }

/** What Millrace is to reach, by the medians of one run. */
export const targets: readonly Target[] = [
  { scenario: 'burst', key: 'throughput', text: '≥ 4.5 × stock', ...stock, limit: { atLeast: 4.5 } },
  { scenario: 'burst', key: 'p99', text: '≤ 1/20 of stock', ...stock, limit: { atMost: 1 / 20 } },
  { scenario: 'burst', key: 'on-time', text: '≥ 90 %', measure: itself, limit: { atLeast: 90 } },
  { scenario: 'perTurn', key: 'cpu', text: '≤ 1/8 of stock', ...stock, limit: { atMost: 1 / 8 } },
  { scenario: 'perTurn', key: 'cpu', text: '≤ 1.5 × the C loop', measure: beside('floor'), limit: { atMost: 1.5 } },
  { scenario: 'steady100', key: 'cpu', text: '≤ 0.85 × stock', ...stock, limit: { atMost: 0.85 } },
  { scenario: 'steady100', key: 'p99', text: 'not worse than stock', ...stock, limit: { atMost: 1 } },
  { scenario: 'steady20', key: 'cpu', text: '≤ 1.0 × stock', ...stock, limit: { atMost: 1 } },
  { scenario: 'steady20', key: 'p50', text: 'not worse than stock', ...stock, limit: { atMost: 1 } },
  { scenario: 'steady20', key: 'p99', text: 'not worse than stock', ...stock, limit: { atMost: 1 } },
  { scenario: 'idle', key: 'memory', text: '≤ 0.8 × stock', ...stock, limit: { atMost: 0.8 } },
  { scenario: 'stalled', key: 'p99-ratio', text: '≤ 1.2', measure: itself, limit: { atMost: 1.2 } },
  { scenario: 'stalled', key: 'queued', text: '≤ 1 MB (the bound) × 100', measure: itself, limit: { atMost: 100 } },
  { scenario: 'tenants', key: 'p99-ratio', text: '≤ 1.5', measure: itself, limit: { atMost: 1.5 } },
  { scenario: 'reconnect', key: 'time', text: '≤ 10 s', measure: itself, limit: { atMost: 10 } },
  { scenario: 'reconnect', key: 'lost', text: 'none', measure: itself, limit: { atMost: 0 } },
  { scenario: 'reconnect', key: 'twice', text: 'none', measure: itself, limit: { atMost: 0 } },
  { scenario: 'durablePostgres', key: 'many', text: '≥ 10,000 /s', measure: itself, limit: { atLeast: 10_000 } },
  { scenario: 'durablePostgres', key: 'grouped', text: '≥ 5 × stock', ...stock, limit: { atLeast: 5 } },
  { scenario: 'outbox', key: 'p50', text: '≤ 10 ms', measure: itself, limit: { atMost: 10 } },
  { scenario: 'outbox', key: 'p99', text: '≤ 50 ms', measure: itself, limit: { atMost: 50 } },
  { scenario: 'cluster', key: 'p50', text: '≤ 1.3 × stock', ...stock, limit: { atMost: 1.3 } },
  { scenario: 'cluster', key: 'unrelated', text: '≤ 2 % of a core', measure: itself, limit: { atMost: 2 } },
  { scenario: 'cluster', key: 'flood-throughput', text: '≥ 3 × stock', ...stock, limit: { atLeast: 3 } },
  { scenario: 'idle', key: 'memory', text: '≤ 12 KB', measure: itself, limit: { atMost: 12 } },
]

export interface Judged {
  readonly text: string
  readonly verdict: 'reached' | 'missed' | 'not measured'
}

/** The targets of a row, each with what became of it. */
export function judge(row: Row): readonly Judged[] {
  return targets
    .filter(({ scenario, key }) => scenario === row.scenario && key === row.key)
    .map(({ text, measure, limit }) => {
      const value = measure((subject) => medianOf(row, subject))
      if (value === null || Number.isNaN(value)) return { text, verdict: 'not measured' }
      const reached = 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost
      return { text, verdict: reached ? 'reached' : 'missed' }
    })
}
