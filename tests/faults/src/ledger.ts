/** One try to publish, as the publisher knows it. */
export interface Attempt {
  readonly key: string
  readonly channel: string
  readonly publisher: string
  /** The publisher's count in this channel; it waits for each answer before the next. */
  readonly sequence: number
  /**
   * `acked`: the server said where it landed. `unknown`: the answer never came, so it may be there or not.
   * `refused`: the server said no, so it is not there.
   */
  readonly outcome: { readonly kind: 'acked'; readonly offset: number | null } | { readonly kind: 'unknown' } | { readonly kind: 'refused' }
}

export interface LogEntry {
  readonly offset: number
  readonly key: string
}

export interface Ledger {
  readonly channel: string
  readonly entries: readonly LogEntry[]
  readonly attempts: readonly Attempt[]
  /** Keys of business rows that were committed with their publication; absent for channels without rows. */
  readonly rows?: readonly string[]
}

export type LedgerFault =
  /** LOG1: offsets are not consecutive from 1. */
  | 'hole'
  /** LOG2: acknowledged, and gone; or elsewhere than acknowledged. */
  | 'lost'
  | 'moved'
  /** LOG4: stored twice. */
  | 'twice'
  /** Nobody published it, or it was refused. */
  | 'unasked'
  /** A publisher's later publication has the lower offset. */
  | 'order'
  /** OUT1: a row without its publication, or a publication without its row. */
  | 'row-alone'
  | 'publication-alone'

export interface LedgerViolation {
  readonly kind: LedgerFault
  readonly channel: string
  readonly key: string
  readonly offset: number | null
}

/** Compares a whole log with what its publishers know (LOG1, LOG2, LOG4) and with the business rows (OUT1). */
export function checkLedger({ channel, entries, attempts, rows }: Ledger): LedgerViolation[] {
  const violations: LedgerViolation[] = []
  const report = (kind: LedgerFault, key: string, offset: number | null) => void violations.push({ kind, channel, key, offset })
  const offsetOf = new Map<string, number>()
  const attemptOf = new Map(attempts.map((attempt) => [attempt.key, attempt]))

  for (const [index, { offset, key }] of entries.entries()) {
    if (offset !== index + 1) report('hole', key, offset)
    if (offsetOf.has(key)) report('twice', key, offset)
    else offsetOf.set(key, offset)
    const outcome = attemptOf.get(key)?.outcome.kind
    if (outcome === undefined || outcome === 'refused') report('unasked', key, offset)
  }

  const lastOf = new Map<string, { sequence: number; offset: number }>()
  for (const { key, publisher, sequence, outcome } of attempts.toSorted((a, b) => a.sequence - b.sequence)) {
    const offset = offsetOf.get(key) ?? null
    if (outcome.kind === 'acked') {
      if (offset === null) report('lost', key, outcome.offset)
      else if (outcome.offset !== null && outcome.offset !== offset) report('moved', key, offset)
    }
    // An answer that never came may have been overtaken by the publisher's next try.
    if (offset === null || outcome.kind === 'unknown') continue
    const last = lastOf.get(publisher)
    if (last !== undefined && offset < last.offset) report('order', key, offset)
    lastOf.set(publisher, { sequence, offset })
  }

  if (rows === undefined) return violations
  const committed = new Set(rows)
  for (const row of rows) if (!offsetOf.has(row)) report('row-alone', row, null)
  for (const [key, offset] of offsetOf) if (!committed.has(key)) report('publication-alone', key, offset)
  return violations
}
