import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChannelLog, checkHistories, type HistoryItem, type SubscriberHistory, type ViolationKind } from './history.ts'

const seen = (offset: number, channel = 'a', id = `${channel}${offset}`): HistoryItem => ({ kind: 'publication', channel, offset, id })
const logOf = (channel: string, head: number, firstKept = 1): ChannelLog => ({
  channel,
  head,
  records: Array.from({ length: head - firstKept + 1 }, (_, index) => ({
    offset: firstKept + index,
    id: `${channel}${firstKept + index}`,
  })),
})
const historyOf = (after: number, items: readonly HistoryItem[]): SubscriberHistory => ({ subscriber: 's', channel: 'a', after, items })

function check(log: ChannelLog, history: SubscriberHistory): [ViolationKind, number, number][] {
  return checkHistories({ logs: [log], subscribers: [history] }).map(({ kind, from, to }) => [kind, from, to])
}

describe('history checker', () => {
  it('accepts a history that equals the log from its start position', () => {
    expect(check(logOf('a', 4), historyOf(1, [seen(2), seen(3), seen(4)]))).toEqual([])
    expect(check(logOf('a', 0), historyOf(0, []))).toEqual([])
  })

  it('accepts a gap over what retention has cut', () => {
    const items = [seen(1), { kind: 'gap', continuesAfter: 8 } as const, seen(9), seen(10)]
    expect(check(logOf('a', 10, 7), historyOf(0, items))).toEqual([])
  })

  it('asks a history only for as far as it was due to come', () => {
    expect(check(logOf('a', 9), { ...historyOf(3, [seen(4), seen(5)]), until: 5 })).toEqual([])
  })

  it.each<[string, HistoryItem[], [ViolationKind, number, number][]]>([
    ['loss', [seen(1), seen(2)], [['loss', 3, 5]]],
    ['unreported gap', [seen(1), seen(4), seen(5)], [['unreported-gap', 2, 3]]],
    ['duplicate', [seen(1), seen(2), seen(1), seen(3), seen(4), seen(5)], [['duplicate', 1, 1]]],
    ['disorder', [seen(1), seen(3), seen(2), seen(4), seen(5)], [['disorder', 2, 2]]],
    ['foreign', [seen(1), seen(2), seen(2, 'b'), seen(3), seen(4), seen(5)], [['foreign', 2, 2]]],
    ['phantom', [seen(1), seen(2), seen(3), seen(4), seen(5), seen(6)], [['phantom', 6, 6]]],
    [
      'gap that was not needed',
      [seen(1), { kind: 'gap', continuesAfter: 3 }, seen(4), seen(5)],
      [
        ['groundless-gap', 2, 3],
        ['unreported-gap', 2, 3],
      ],
    ],
  ])('finds a %s', (_, items, expected) => {
    expect(check(logOf('a', 5), historyOf(0, items))).toEqual(expected)
  })

  it('finds other data at an offset of the log', () => {
    const items = [seen(1), seen(2, 'a', 'other'), seen(3)]
    expect(check(logOf('a', 3), historyOf(0, items)).map(([kind]) => kind)).toEqual(['phantom', 'unreported-gap'])
  })

  it('finds a gap told twice', () => {
    const gap = { kind: 'gap', continuesAfter: 8 } as const
    expect(check(logOf('a', 9, 7), historyOf(0, [seen(1), gap, gap, seen(9)]))).toEqual([['groundless-gap', 9, 8]])
  })

  it('finds every planted violation, and no other', () => {
    const plant = {
      loss: (items: HistoryItem[]) => items.slice(0, -1),
      'unreported-gap': (items: HistoryItem[], at: number) => items.toSpliced(at, 1),
      duplicate: (items: HistoryItem[], at: number) => items.toSpliced(items.length - at, 0, items[0] as HistoryItem),
      disorder: (items: HistoryItem[], at: number) => items.toSpliced(at, 2, items[at + 1] as HistoryItem, items[at] as HistoryItem),
      foreign: (items: HistoryItem[], at: number) => items.toSpliced(at, 0, seen(at, 'b')),
      phantom: (items: HistoryItem[], at: number) => items.toSpliced(at, 0, seen(items.length + 100 + at)),
    } satisfies Partial<Record<ViolationKind, (items: HistoryItem[], at: number) => HistoryItem[]>>

    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(plant) as (keyof typeof plant)[])),
        fc.integer({ min: 4, max: 60 }).chain((length) => fc.tuple(fc.constant(length), fc.integer({ min: 1, max: length - 3 }))),
        fc.integer({ min: 0, max: 20 }),
        (kind, [length, at], after) => {
          const items = Array.from({ length }, (_, index) => seen(after + index + 1))
          const log = logOf('a', after + length)
          expect(check(log, historyOf(after, items))).toEqual([])
          expect(new Set(check(log, historyOf(after, plant[kind](items, at))).map(([found]) => found))).toEqual(new Set([kind]))
        },
      ),
      { seed: 1, numRuns: 500 },
    )
  })
})
