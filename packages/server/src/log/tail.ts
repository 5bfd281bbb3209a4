import type { Position } from '@millrace/contract'

/** Where a channel's log begins and ends: `first` is the offset of the oldest publication kept, head + 1 when none is. */
export interface LogTail {
  readonly epoch: string
  readonly first: number
  readonly head: number
}

/** Why a reader cannot continue after `since`; null where it can (LOG5, LOG6). */
export function gapAfter(tail: LogTail, since: Position): 'expired' | 'new-epoch' | null {
  const given = Number.isInteger(since.offset) && since.offset >= 0 && since.offset <= tail.head
  if (since.epoch !== tail.epoch || !given) return 'new-epoch'
  return since.offset + 1 < tail.first ? 'expired' : null
}
