/** One publication that a writer made. Times by one clock. */
export interface Written {
  readonly id: string
  readonly channel: string
  /** Just before it was written. */
  readonly writtenAt: number
  /** When its transaction, or its append, was known to have succeeded; null where it was rolled back, `unknown` where its end was not learnt. */
  readonly committedAt: number | null | 'unknown'
}

export interface Delivered {
  readonly id: string
  readonly offset: number
}

/** What is wrong with a channel's log, given what was written to it: [] when every promise was kept. */
export function judgeChannel(channel: string, log: readonly Delivered[], written: ReadonlyMap<string, Written>): readonly string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  let newest = { id: '', writtenAt: Number.NEGATIVE_INFINITY }
  for (const [index, { id, offset }] of log.entries()) {
    const one = written.get(id)
    if (offset !== index + 1) faults.push(`${channel}: offset ${offset} stands at ${index + 1} (LOG1)`)
    if (seen.has(id)) faults.push(`${channel}: ${id} is there twice (OUT1)`)
    seen.add(id)
    if (one === undefined || one.channel !== channel) faults.push(`${channel}: ${id} was never written here (OUT1)`)
    else if (one.committedAt === null) faults.push(`${channel}: ${id} was rolled back (OUT1)`)
    else {
      if (one.committedAt !== 'unknown' && one.committedAt < newest.writtenAt)
        faults.push(`${channel}: ${id} had committed before ${newest.id} was written, and stands behind it (OUT2)`)
      if (one.writtenAt > newest.writtenAt) newest = one
    }
  }
  for (const { id, channel: its, committedAt } of written.values())
    if (its === channel && typeof committedAt === 'number' && !seen.has(id))
      faults.push(`${channel}: ${id} was committed and is not there (OUT1)`)
  return faults
}
