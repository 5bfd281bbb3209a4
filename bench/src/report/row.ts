import type { Figure } from '../scenario.ts'
import type { SubjectName } from '../subject.ts'
import { median } from './median.ts'

/** One figure of all subjects: the value of every round. */
export interface Row extends Pick<Figure, 'key' | 'label' | 'unit' | 'better'> {
  readonly scenario: string
  readonly values: { readonly [K in SubjectName]?: readonly number[] }
  /** What went wrong, by subject, where a round has no figure. */
  readonly failures: { readonly [K in SubjectName]?: string }
  /** The largest shares of a core that the load generator and others' processes took in a round, by subject. */
  readonly loadShare: { readonly [K in SubjectName]?: number }
  readonly othersShare: { readonly [K in SubjectName]?: number }
}

export function medianOf({ values }: Row, subject: SubjectName): number | null {
  const found = values[subject]
  return found === undefined || found.length === 0 ? null : median(found)
}

/** What came of one subject in one round. */
export type Outcome = { readonly subject: SubjectName } & ({ readonly figures: readonly Figure[] } | { readonly failure: string })

interface Growing extends Row {
  readonly values: Partial<Record<SubjectName, number[]>>
  readonly loadShare: Partial<Record<SubjectName, number>>
  readonly othersShare: Partial<Record<SubjectName, number>>
}

/** Puts the rounds of one scenario together, a row per figure; one that gave no figure at all is still a row. */
export function rowsOf(scenario: string, outcomes: readonly Outcome[]): readonly Row[] {
  const rows = new Map<string, Growing>()
  const failures: Partial<Record<SubjectName, string>> = {}
  for (const outcome of outcomes) {
    const { subject } = outcome
    if ('failure' in outcome) {
      failures[subject] = outcome.failure
      continue
    }
    for (const { key, label, unit, better, value, account } of outcome.figures) {
      const row = rows.get(key) ?? { scenario, key, label, unit, better, values: {}, failures, loadShare: {}, othersShare: {} }
      rows.set(key, row)
      row.values[subject] = [...(row.values[subject] ?? []), value]
      if (account === undefined) continue
      row.loadShare[subject] = Math.max(row.loadShare[subject] ?? 0, account.loadShare)
      row.othersShare[subject] = Math.max(row.othersShare[subject] ?? 0, account.othersShare)
    }
  }
  if (rows.size === 0)
    return [{ scenario, key: 'none', label: scenario, unit: '', better: 'lower', values: {}, failures, loadShare: {}, othersShare: {} }]
  return [...rows.values()]
}
