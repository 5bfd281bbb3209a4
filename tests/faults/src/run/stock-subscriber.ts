import { io } from 'socket.io-client'
import type { HistoryItem } from '../history.ts'

/** What a stock client saw between one connection and its end. */
export interface Visit {
  readonly items: readonly { readonly key: string; readonly channel: string }[]
}

export interface StockSubscriber {
  readonly name: string
  readonly channel: string
  readonly connected: boolean
  readonly visits: readonly Visit[]
  /** Why each of the visits that are over has ended. */
  readonly ends: readonly string[]
  /** Events that came with anything but one argument. */
  readonly odd: readonly string[]
  close(): void
}

export interface StockSubscriberOptions {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly millId: string
  readonly transports: readonly ('websocket' | 'polling')[]
}

/** One person with a stock client: no recovery, so each visit is judged on its own (DLV2). */
export function startStockSubscriber({ name, url, token, millId, transports }: StockSubscriberOptions): StockSubscriber {
  const channel = `mill:${millId}`
  const visits: { items: { key: string; channel: string }[] }[] = []
  const ends: string[] = []
  const odd: string[] = []
  const socket = io(url, {
    transports: [...transports],
    auth: { token },
    forceNew: true,
    timeout: 4_000,
    reconnectionDelay: 200,
    reconnectionDelayMax: 500,
  })
  socket.on('connect', () => visits.push({ items: [] }))
  socket.on('disconnect', (reason) => ends.push(reason))
  socket.onAny((event: string, ...args: unknown[]) => {
    if (args.length !== 1) odd.push(event)
    if (event !== 'purchase:created') return
    // Holds: the contract gives this event a payload with an id.
    visits.at(-1)?.items.push({ key: (args[0] as { id: string }).id, channel })
  })
  return {
    name,
    channel,
    get connected() {
      return socket.connected
    },
    visits,
    ends,
    odd,
    close: () => void socket.disconnect(),
  }
}

/** A visit as a history: it begins with the first that was seen and ends with the last; in between nothing may be missing. */
export function historyOfVisit(
  visit: Visit,
  offsetOf: ReadonlyMap<string, number>,
): { after: number; until: number; items: HistoryItem[] } {
  const items = visit.items.map(({ key, channel }): HistoryItem => {
    // What the log does not hold becomes an offset that it does not have.
    return { kind: 'publication', channel, offset: offsetOf.get(key) ?? Number.MAX_SAFE_INTEGER, id: key }
  })
  const offsets = visit.items.flatMap(({ key }) => offsetOf.get(key) ?? [])
  return { after: (offsets[0] ?? 1) - 1, until: Math.max(0, ...offsets), items }
}
