import type { GapReason, Position, Publication } from '@millrace/contract'
import { backoffMs } from '../connection/backoff.ts'

export type LoadReason = 'initial' | 'overflow' | 'reload' | GapReason

/**
 * One consumer of a channel that has a loader: its snapshot and the stream meet without a hole (REC4).
 * `held` are the publications after `position`, kept until the snapshot is there; `overflowed`: there were too many, so that
 * the snapshot is taken again.
 */
export type FeedState =
  /** Nothing was loaded; the channel is not live yet. */
  | { readonly state: 'waiting' }
  | {
      readonly state: 'loading'
      readonly run: number
      readonly why: LoadReason
      readonly position: Position
      readonly held: readonly Publication[]
      readonly overflowed: boolean
      readonly failures: number
      /** The last run failed and the next one is not due. */
      readonly pausing: boolean
    }
  | { readonly state: 'following' }

export type FeedEvent =
  | { readonly type: 'live'; readonly position: Position }
  | { readonly type: 'gap'; readonly why: GapReason; readonly position: Position }
  | { readonly type: 'publications'; readonly publications: readonly Publication[] }
  /** `position`: where the channel stands now. */
  | { readonly type: 'loaded'; readonly run: number; readonly position: Position }
  | { readonly type: 'failed'; readonly run: number }
  | { readonly type: 'due' }
  | { readonly type: 'reload'; readonly position: Position | null }
  /** Another user's snapshot is wanted. */
  | { readonly type: 'reset' }

export type FeedAction =
  | { readonly type: 'load'; readonly run: number; readonly why: LoadReason; readonly position: Position }
  | { readonly type: 'deliver'; readonly publications: readonly Publication[] }
  | { readonly type: 'wait'; readonly ms: number }

export interface FeedContext {
  /** A number that no earlier call was given. */
  readonly run: number
  readonly random: number
  /** So many publications are held at most. */
  readonly maxHeld: number
  readonly isVolatile: (publication: Publication) => boolean
}

type Step = readonly [FeedState, ...FeedAction[]]
type Loading = Extract<FeedState, { state: 'loading' }>

function load(why: LoadReason, position: Position, { run }: FeedContext, keep?: Pick<Loading, 'held' | 'overflowed' | 'failures'>): Step {
  return [
    { state: 'loading', run, why, position, held: [], overflowed: false, failures: 0, pausing: false, ...keep },
    { type: 'load', run, why, position },
  ]
}

/** Runs the same load again; what is held stays valid, as it follows the same position. */
function again(feed: Loading, why: LoadReason, context: FeedContext): Step {
  return load(why, feed.position, context, { held: feed.held, overflowed: feed.overflowed, failures: feed.failures })
}

function hold(feed: Loading, publications: readonly Publication[], { maxHeld, isVolatile }: FeedContext): Step {
  const passing = publications.filter(isVolatile)
  const kept = feed.overflowed ? [] : [...feed.held, ...publications.filter((one) => !isVolatile(one))]
  const overflowed = feed.overflowed || kept.length > maxHeld
  const next: FeedState = { ...feed, held: overflowed ? [] : kept, overflowed }
  return passing.length === 0 ? [next] : [next, { type: 'deliver', publications: passing }]
}

function onLoading(feed: Loading, event: FeedEvent, context: FeedContext): Step {
  switch (event.type) {
    case 'publications':
      return hold(feed, event.publications, context)
    case 'loaded':
      if (event.run !== feed.run) return [feed]
      if (feed.overflowed) return load('overflow', event.position, context)
      return [{ state: 'following' }, { type: 'deliver', publications: feed.held }]
    case 'failed':
      if (event.run !== feed.run) return [feed]
      return [
        { ...feed, failures: feed.failures + 1, pausing: true },
        { type: 'wait', ms: backoffMs(feed.failures + 1, context.random) },
      ]
    case 'live':
    case 'due':
      return feed.pausing ? again(feed, feed.why, context) : [feed]
    case 'reload':
      return again(feed, 'reload', context)
    default:
      return [feed]
  }
}

/** Decides for a consumer with a loader: when to load, what to hold meanwhile, what to hand on. */
export function reduceFeed(feed: FeedState, event: FeedEvent, context: FeedContext): Step {
  if (event.type === 'gap') return load(event.why, event.position, context)
  if (event.type === 'reset') return [{ state: 'waiting' }]
  switch (feed.state) {
    case 'waiting':
      if (event.type === 'live') return load('initial', event.position, context)
      // Recovered from a stored position: older than the snapshot that is to come.
      return event.type === 'publications' ? [feed, { type: 'deliver', publications: event.publications }] : [feed]
    case 'loading':
      return onLoading(feed, event, context)
    case 'following':
      if (event.type === 'publications') return [feed, { type: 'deliver', publications: event.publications }]
      return event.type === 'reload' && event.position !== null ? load('reload', event.position, context) : [feed]
  }
}
