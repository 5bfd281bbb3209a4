import type { ChannelDefinition, ChannelRef, ErrorBody, EventData, EventName, Publication } from '@millrace/contract'
import type { ChannelStatus } from '../channels/channel.ts'
import type { ChannelHandleOptions } from '../channels/channel-handle.ts'
import { type Feed, type FeedPhase, type LoadContext, startFeed } from '../channels/feed.ts'
import { createObservable, type Observer, type Unsubscribe } from '../observer.ts'
import { safely } from '../report.ts'
import { changeRows, type RowChanges } from './row-change.ts'

export interface LiveListOptions<C extends ChannelDefinition, Key, Row> {
  /** Fetches the rows: at first, after a gap, on `reload()`. */
  readonly load: (context: LoadContext) => Iterable<Row> | Promise<Iterable<Row>>
  readonly key: (row: Row) => Key
  /** What each event does to the rows. */
  readonly apply: {
    readonly [N in EventName<C>]?: (
      data: EventData<C['events'], N>,
      context: { readonly publication: Publication<N, EventData<C['events'], N>>; readonly rows: ReadonlyMap<Key, Row> },
    ) => RowChanges<NoInfer<Key>, NoInfer<Row>>
  }
}

/** Rows in the order in which they were loaded, later ones at the end. */
export type LiveListView<Key, Row> = { readonly rows: ReadonlyMap<Key, Row> } & (
  | { readonly status: 'idle' | 'loading' | 'live' | 'stale' }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'refused'; readonly error: ErrorBody }
)

export interface LiveListObserver<Key, Row> extends Observer<LiveListView<Key, Row>> {
  /** Loads again; the rows of now stay until the new ones are there. */
  reload(): void
}

/** What is shown, from what is known. `rows` is null until they were loaded once. */
export function liveListView<Key, Row>(
  rows: ReadonlyMap<Key, Row> | null,
  phase: FeedPhase,
  channel: ChannelStatus,
): LiveListView<Key, Row> {
  const known = rows ?? new Map<Key, Row>()
  if (channel.state === 'refused') return { status: 'refused', error: channel.error, rows: known }
  if (phase.phase === 'failed') return { status: 'failed', error: phase.error, rows: known }
  if (rows === null) return { status: 'loading', rows: known }
  return { status: phase.phase === 'following' && channel.state === 'live' ? 'live' : 'stale', rows }
}

function sameView<Key, Row>(a: LiveListView<Key, Row>, b: LiveListView<Key, Row>): boolean {
  if (a.status !== b.status || (a.rows !== b.rows && a.rows.size + b.rows.size > 0)) return false
  return !('error' in a) || !('error' in b) || a.error === b.error
}

type Apply<Key, Row> = Readonly<
  Record<string, ((data: never, context: { publication: never; rows: ReadonlyMap<Key, Row> }) => RowChanges<Key, Row>) | undefined>
>

export function createLiveList<C extends ChannelDefinition, Key, Row>(
  ref: ChannelRef<C>,
  options: LiveListOptions<C, Key, Row>,
  { channels, report, ...rest }: ChannelHandleOptions,
): LiveListObserver<Key, Row> {
  const unloaded: LiveListView<Key, Row> = { status: 'loading', rows: new Map() }
  let feed: Feed | null = null
  const view = createObservable<LiveListView<Key, Row>>(unloaded, { report, onFirst: start })

  function start(): Unsubscribe {
    const channel = channels.entry(ref)
    let rows: ReadonlyMap<Key, Row> | null = null
    let phase: FeedPhase = { phase: 'loading' }
    const show = (): void => {
      const next = liveListView(rows, phase, channel.status.getSnapshot())
      const shown = view.getSnapshot()
      if (sameView(next, shown)) return
      view.set(next)
    }

    const deliver = (publications: readonly Publication[]): void => {
      // Before the first snapshot there is nothing to change, and the snapshot holds it.
      if (rows === null) return
      // Holds: the map's keys are event names, and each function takes the data of its event.
      const apply = options.apply as Apply<Key, Row>
      const draft = new Map(rows)
      let changed = false
      for (const publication of publications) {
        const { event } = publication
        const change = Object.hasOwn(apply, event) ? apply[event] : undefined
        if (change === undefined) continue
        safely(report, { during: 'listener', channel: ref.name, event }, () => {
          // Holds: the server has checked the data of `event` against the schema that typed this function.
          const changes = change(publication.data as never, { publication: publication as never, rows: draft })
          changed = changeRows(draft, changes, options.key) || changed
        })
      }
      if (changed) rows = draft
      if (phase.phase === 'following') show()
    }
    const load = async (context: LoadContext): Promise<void> => {
      const loaded = new Map<Key, Row>()
      for (const row of await options.load(context)) loaded.set(options.key(row), row)
      if (!context.signal.aborted) rows = loaded
    }
    const onPhase = (next: FeedPhase): void => {
      phase = next
      show()
    }

    const stopStatus = channel.status.subscribe(show)
    feed = startFeed({ ...rest, channel, report, deliver, load, onPhase })
    show()
    return () => {
      feed?.stop()
      feed = null
      stopStatus()
      view.set(unloaded)
    }
  }

  return { subscribe: view.subscribe, getSnapshot: view.getSnapshot, reload: () => feed?.reload() }
}
