import type { Clock, InboxChange, Timer } from '@millrace/contract'
import { type InboxListMessage, wireEvents } from '@millrace/contract/wire'
import { backoffMs } from '../connection/backoff.ts'
import type { Connection } from '../connection/connection.ts'
import { createObservable, type Observer, type Unsubscribe } from '../observer.ts'
import type { Report } from '../report.ts'
import type { Calls } from '../requests.ts'
import { readInboxChange, readInboxPage } from '../wire-reader.ts'
import {
  applyIntent,
  firstPage,
  type InboxBase,
  type InboxIntent,
  type InboxView,
  idleInbox,
  inboxView,
  nextPage,
  reduceInbox,
} from './inbox-state.ts'

/** The user's notifications: fetched while somebody looks, changed at once, rolled back where the server refuses. */
export interface InboxObserver extends Observer<InboxView> {
  /** Each resolves when the server has it, and rejects with a `MillraceError` after rolling back. */
  markRead(ids: readonly string[] | 'all'): Promise<void>
  markUnread(ids: readonly string[]): Promise<void>
  remove(ids: readonly string[]): Promise<void>
  loadMore(): Promise<void>
  reload(): void
}

export interface InboxOptions {
  readonly connection: Connection
  readonly calls: Calls
  readonly clock: Clock
  readonly random: () => number
  readonly report: Report
  readonly timeoutMs: number
  readonly pageSize: number
}

export interface Inbox {
  readonly observer: InboxObserver
  onLive(userId: string): void
  onChange(payload: unknown): void
  close(): void
}

type Intent = Omit<Extract<InboxIntent, { kind: 'mark' }>, 'id'> | Omit<Extract<InboxIntent, { kind: 'delete' }>, 'id'>

/** The server takes so many ids, or answers so many notifications, at a time. */
const maxBatch = 200
const maxPending = 200
const maxArrived = 500

export function createInbox({ connection, calls, clock, random, report, timeoutMs, pageSize }: InboxOptions): Inbox {
  let base: InboxBase | null = null
  let intents: readonly InboxIntent[] = []
  let failure: { readonly error: unknown } | null = null
  let nextIntent = 1
  /** Names the fetch that counts; a new one supersedes what is on its way. */
  let fetching = 0
  /** Changes that come while the list is on its way. */
  let arrived: InboxChange[] | null = null
  let retry: Timer | null = null
  let loadingMore: Promise<void> | null = null
  let owner: string | null = null

  const view = createObservable<InboxView>(idleInbox, { report, onFirst: watch })

  function show(): void {
    if (view.used) view.set(inboxView(base, intents, failure))
  }

  function watch(): Unsubscribe {
    connection.need()
    show()
    if (connection.welcome !== null) void fetch(1)
    return () => {
      forget()
      view.set(idleInbox)
    }
  }

  function forget(): void {
    fetching++
    retry?.cancel()
    base = null
    failure = null
    arrived = null
  }

  async function list(message: InboxListMessage): Promise<NonNullable<ReturnType<typeof readInboxPage>>> {
    const page = readInboxPage(await connection.send(wireEvents.inboxList, message, timeoutMs))
    if (page === null) throw new Error('The answer to an inbox list was not readable')
    return page
  }

  /** Fetches what is shown, from the newest on. */
  async function fetch(attempt: number): Promise<void> {
    const mine = ++fetching
    retry?.cancel()
    arrived = []
    try {
      const page = await list({ limit: Math.min(maxBatch, Math.max(pageSize, base?.notifications.length ?? 0)) })
      if (mine !== fetching) return
      const missed: readonly InboxChange[] = arrived
      arrived = null
      failure = null
      base = firstPage(page)
      for (const change of missed) if (base !== null && change.revision > page.revision) apply(change)
    } catch (error) {
      if (mine !== fetching) return
      arrived = null
      if (connection.welcome === null) return
      failure = { error }
      report(error, { during: 'inbox' })
      retry = clock.after(backoffMs(attempt, random()), () => void fetch(attempt + 1))
    }
    show()
  }

  function apply(change: InboxChange): void {
    if (base === null) return
    const next = reduceInbox(base, change)
    if (next === 'refetch') void fetch(1)
    else if (next !== 'known') base = next
  }

  /** After a break: fetches again if anything has changed. */
  async function catchUp(): Promise<void> {
    const known = base
    if (known === null) return fetch(1)
    const mine = ++fetching
    arrived = null
    try {
      const reply = await connection.send(wireEvents.inboxCount, {}, timeoutMs)
      if (mine !== fetching || base === null) return
      const revision = typeof reply === 'object' && reply !== null && 'revision' in reply ? reply.revision : null
      if (revision !== base.revision) await fetch(1)
    } catch {
      if (mine === fetching && connection.welcome !== null) await fetch(1)
    }
  }

  async function perform(intent: Intent): Promise<void> {
    const mine: InboxIntent = { ...intent, id: nextIntent++ }
    intents = [...intents, mine].slice(-maxPending)
    show()
    const messages =
      mine.kind === 'delete'
        ? batches(mine.ids).map((ids) => [wireEvents.inboxDelete, { ids }] as const)
        : (mine.ids === 'all' ? ['all' as const] : batches(mine.ids)).map(
            (ids) => [wireEvents.inboxMark, { ids, read: mine.readAt !== null }] as const,
          )
    try {
      for (const [event, message] of messages) await calls.call(event, message, timeoutMs)
      // The pushed change follows, or was here before; until then what was asked for holds.
      if (base !== null) base = applyIntent(base, mine)
    } finally {
      intents = intents.filter((one) => one !== mine)
      show()
    }
  }

  async function more(): Promise<void> {
    for (let reads = 0; reads < 3; reads++) {
      const cursor = base?.cursor ?? null
      if (cursor === null) return
      const page = await list({ cursor, limit: pageSize })
      if (base === null || base.cursor !== cursor) return
      const next = nextPage(base, page)
      if (next === null) continue
      base = next
      show()
      return
    }
  }

  return {
    observer: {
      subscribe: view.subscribe,
      getSnapshot: view.getSnapshot,
      markRead: (ids) => perform({ kind: 'mark', ids, readAt: clock.now() }),
      markUnread: (ids) => perform({ kind: 'mark', ids, readAt: null }),
      remove: (ids) => perform({ kind: 'delete', ids }),
      loadMore() {
        loadingMore ??= more().finally(() => {
          loadingMore = null
        })
        return loadingMore
      },
      reload() {
        if (view.used && connection.welcome !== null) void fetch(1)
      },
    },
    onLive(userId) {
      if (owner !== null && owner !== userId) {
        forget()
        intents = []
      }
      owner = userId
      if (view.used) void catchUp()
      show()
    },
    onChange(payload) {
      const change = readInboxChange(payload)
      if (change === null || !view.used) return
      if (arrived === null) apply(change)
      // What is left out makes a hole, and that is fetched anew.
      else if (arrived.length < maxArrived) arrived.push(change)
      show()
    },
    close: forget,
  }
}

function batches(ids: readonly string[]): readonly (readonly string[])[] {
  const all: (readonly string[])[] = []
  for (let start = 0; start < ids.length; start += maxBatch) all.push(ids.slice(start, start + maxBatch))
  return all
}
