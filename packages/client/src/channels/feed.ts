import type { Clock, Position, Publication, Timer } from '@millrace/contract'
import type { Unsubscribe } from '../observer.ts'
import { type Report, safely } from '../report.ts'
import type { Channel, Gap } from './channel.ts'
import { type FeedAction, type FeedEvent, type FeedState, type LoadReason, reduceFeed } from './feed-state.ts'
import { deliveryOf } from './retained-values.ts'

/** Why a snapshot is wanted, and the position from which live publications continue: it may hold some of these already. */
export interface LoadContext {
  readonly why: LoadReason
  readonly position: Position
  /** Aborted when the snapshot is no longer wanted. */
  readonly signal: AbortSignal
}

export interface FeedOptions {
  readonly channel: Channel
  readonly clock: Clock
  readonly random: () => number
  readonly report: Report
  readonly maxHeld: number
  /** Must not throw. */
  deliver(publications: readonly Publication[]): void
  readonly load: (context: LoadContext) => unknown
  readonly onGap?: ((gap: Gap) => void) | undefined
  /** A load began, ended (`error` undefined) or failed. Must not throw. */
  readonly onPhase?: (phase: FeedPhase) => void
}

export type FeedPhase = { readonly phase: 'loading' | 'following' } | { readonly phase: 'failed'; readonly error: unknown }

export interface Feed {
  reload(): void
  readonly stop: Unsubscribe
}

/** Attaches to a channel with a loader: snapshot first, then the stream from where the snapshot was taken. */
export function startFeed(options: FeedOptions): Feed {
  const { channel, clock, random, report, maxHeld, deliver, load } = options
  const { definition } = channel.ref
  let state: FeedState = { state: 'waiting' }
  let runs = 0
  let timer: Timer | null = null
  let loading: AbortController | null = null
  let stopped = false

  function handle(event: FeedEvent): void {
    if (stopped) return
    const before = state
    const isVolatile = (publication: Publication): boolean => deliveryOf(definition, publication.event) === 'volatile'
    const [next, ...actions] = reduceFeed(state, event, { run: ++runs, random: random(), maxHeld, isVolatile })
    state = next
    if (next.state !== 'loading') loading?.abort()
    for (const action of actions) carryOut(action)
    if (before.state === 'loading' && next.state === 'following') options.onPhase?.({ phase: 'following' })
  }

  function carryOut(action: FeedAction): void {
    switch (action.type) {
      case 'load':
        void run(action)
        return
      case 'deliver':
        if (action.publications.length > 0) deliver(action.publications)
        return
      case 'wait':
        timer?.cancel()
        timer = clock.after(action.ms, () => handle({ type: 'due' }))
    }
  }

  async function run({ run, why, position }: Extract<FeedAction, { type: 'load' }>): Promise<void> {
    timer?.cancel()
    loading?.abort()
    const controller = new AbortController()
    loading = controller
    options.onPhase?.({ phase: 'loading' })
    try {
      // Not before the caller has what it asked for: the function that stops this feed.
      await Promise.resolve()
      if (controller.signal.aborted) return
      await load({ why, position, signal: controller.signal })
      if (loading === controller) loading = null
      handle({ type: 'loaded', run, position: channel.position ?? position })
    } catch (error) {
      if (controller.signal.aborted) return
      safely(report, { during: 'load', channel: channel.name }, () => options.onPhase?.({ phase: 'failed', error }))
      report(error, { during: 'load', channel: channel.name })
      handle({ type: 'failed', run })
    }
  }

  const detach = channel.attach({
    onPublications: (publications) => handle({ type: 'publications', publications }),
    onLive: (position) => handle({ type: 'live', position }),
    onGap(gap) {
      handle({ type: 'gap', ...gap })
      const { onGap } = options
      if (onGap !== undefined) safely(report, { during: 'listener', channel: channel.name }, () => onGap(gap))
    },
    onReset: () => handle({ type: 'reset' }),
  })

  return {
    reload: () => handle({ type: 'reload', position: channel.position }),
    stop() {
      if (stopped) return
      stopped = true
      timer?.cancel()
      loading?.abort()
      detach()
    },
  }
}
