import type { LogAnswer } from '@millrace-tests/support/server'
import { type ChannelLog, checkHistories, type SubscriberHistory, type Violation } from '../history.ts'
import { type Attempt, checkLedger, type LedgerViolation } from '../ledger.ts'
import { historyOfVisit, type StockSubscriber } from './stock-subscriber.ts'

export interface Evidence {
  readonly logs: ReadonlyMap<string, LogAnswer>
  readonly attempts: readonly Attempt[]
  /** The channel whose publications come with business rows, and the rows that were committed. */
  readonly shop: { readonly channel: string; readonly rows: readonly string[] }
  readonly histories: readonly SubscriberHistory[]
  readonly stock: readonly StockSubscriber[]
}

export interface Verdict {
  readonly log: readonly LedgerViolation[]
  readonly sdk: readonly Violation[]
  readonly stock: readonly Violation[]
  /** Events that a stock client got with anything but one argument. */
  readonly odd: readonly string[]
}

export function keyOf({ data }: { readonly data: unknown }): string {
  // Holds: the runs publish purchases alone.
  return (data as { id: string }).id
}

/** Holds what was seen against the log, and the log against what was published. */
export function judge({ logs, attempts, shop, histories, stock }: Evidence): Verdict {
  const log = [...logs].flatMap(([channel, { entries }]) =>
    checkLedger({
      channel,
      entries: entries.map((entry) => ({ offset: entry.offset, key: keyOf(entry) })),
      attempts: attempts.filter((attempt) => attempt.channel === channel),
      ...(channel === shop.channel && { rows: shop.rows }),
    }),
  )
  const asLogs = (idOf: (entry: LogAnswer['entries'][number]) => string): ChannelLog[] =>
    [...logs].map(([channel, { head, entries }]) => ({
      channel,
      head,
      records: entries.map((entry) => ({ offset: entry.offset, id: idOf(entry) })),
    }))

  const offsetOf = new Map([...logs.values()].flatMap(({ entries }) => entries.map((entry) => [keyOf(entry), entry.offset] as const)))
  const visits = stock.flatMap(({ name, channel, visits }) =>
    visits.map(
      (visit, index): SubscriberHistory => ({ subscriber: `${name}, visit ${index}`, channel, ...historyOfVisit(visit, offsetOf) }),
    ),
  )
  return {
    log,
    sdk: checkHistories({ logs: asLogs((entry) => `${entry.id} ${keyOf(entry)}`), subscribers: histories }),
    stock: checkHistories({ logs: asLogs(keyOf), subscribers: visits }),
    odd: stock.flatMap(({ odd }) => odd),
  }
}

export function isClean({ log, sdk, stock, odd }: Verdict): boolean {
  return log.length + sdk.length + stock.length + odd.length === 0
}
