/** One channel's log as it stood when all was quiet. */
export interface ChannelLog {
  readonly channel: string
  readonly head: number
  /** What retention has left, in offset order. */
  readonly records: readonly { readonly offset: number; readonly id: string }[]
}

export type HistoryItem =
  | { readonly kind: 'publication'; readonly channel: string; readonly offset: number; readonly id: string }
  /** The subscriber was told that it missed something, and after which offset publications go on. */
  | { readonly kind: 'gap'; readonly continuesAfter: number }

/** What one subscriber of one channel saw, in the order in which it saw it. */
export interface SubscriberHistory {
  readonly subscriber: string
  readonly channel: string
  /** The offset at which the subscription began: everything after it is due. */
  readonly after: number
  readonly items: readonly HistoryItem[]
  /** How far it was due to come. @default the head of the log */
  readonly until?: number
}

export type ViolationKind =
  /** Due, and never seen, at the end of the history. */
  | 'loss'
  /** Left out in the middle, and no gap told. */
  | 'unreported-gap'
  | 'duplicate'
  /** Seen after a later one, or before the start. */
  | 'disorder'
  /** Of another channel. */
  | 'foreign'
  /** Not what the log holds at this offset. */
  | 'phantom'
  /** A gap was told where the log still had everything, or a second time. */
  | 'groundless-gap'

export interface Violation {
  readonly kind: ViolationKind
  readonly subscriber: string
  readonly channel: string
  /** The offsets concerned, both included. */
  readonly from: number
  readonly to: number
}

export interface Histories {
  readonly logs: readonly ChannelLog[]
  readonly subscribers: readonly SubscriberHistory[]
}

/** Compares what subscribers saw with the log (DLV1). An empty answer means: each saw exactly its part, once and in order. */
export function checkHistories({ logs, subscribers }: Histories): Violation[] {
  const byChannel = new Map(logs.map((log) => [log.channel, log]))
  return subscribers.flatMap((history) => {
    const log = byChannel.get(history.channel)
    if (log === undefined) throw new Error(`no log was given for channel "${history.channel}"`)
    return checkHistory(log, history)
  })
}

function checkHistory(log: ChannelLog, { subscriber, channel, after, items, until = log.head }: SubscriberHistory): Violation[] {
  const idAt = new Map(log.records.map(({ offset, id }) => [offset, id]))
  const firstKept = log.records[0]?.offset ?? log.head + 1
  const violations: Violation[] = []
  const seen = new Set<number>()
  const holes: { from: number; to: number }[] = []
  let last = after

  const report = (kind: ViolationKind, from: number, to = from) => void violations.push({ kind, subscriber, channel, from, to })

  for (const item of items) {
    if (item.kind === 'gap') {
      // What is below the first kept offset was cut by retention; anything else could have been recovered.
      if (item.continuesAfter <= last || last + 1 >= firstKept) report('groundless-gap', last + 1, item.continuesAfter)
      else last = item.continuesAfter
      continue
    }
    const { offset } = item
    if (item.channel !== channel) report('foreign', offset)
    else if (offset > log.head || (offset >= firstKept && idAt.get(offset) !== item.id)) report('phantom', offset)
    else if (seen.has(offset)) report('duplicate', offset)
    else if (offset <= last) {
      seen.add(offset)
      report('disorder', offset)
    } else {
      seen.add(offset)
      if (offset > last + 1) holes.push({ from: last + 1, to: offset - 1 })
      last = offset
    }
  }

  for (const { from, to } of holes) for (const range of unseenRanges(seen, from, to)) report('unreported-gap', ...range)
  for (const range of unseenRanges(seen, last + 1, until)) report('loss', ...range)
  return violations
}

function unseenRanges(seen: ReadonlySet<number>, from: number, to: number): [number, number][] {
  const ranges: [number, number][] = []
  for (let offset = from; offset <= to; offset++) {
    if (seen.has(offset)) continue
    const open = ranges.at(-1)
    if (open !== undefined && open[1] === offset - 1) open[1] = offset
    else ranges.push([offset, offset])
  }
  return ranges
}
