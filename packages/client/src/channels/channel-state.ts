import { type ErrorBody, type GapReason, MillraceError, type Position, type Publication } from '@millrace/contract'
import type { SubscribedReply } from '@millrace/contract/wire'
import { backoffMs } from '../connection/backoff.ts'

/**
 * A channel's subscription. `position` is the last durable publication that was delivered, or from where the next ones follow.
 * `failures` counts attempts that came to nothing since the stream last moved.
 */
export type ChannelState =
  | { readonly state: 'idle' }
  /** Wanted; there is no connection. */
  | { readonly state: 'detached'; readonly position: Position | null }
  | { readonly state: 'subscribing'; readonly position: Position | null; readonly attempt: number; readonly failures: number }
  | { readonly state: 'live'; readonly position: Position; readonly failures: number }
  /** The server was told; until it has answered, what comes is of the subscription that ends. */
  | {
      readonly state: 'leaving'
      readonly position: Position | null
      /** Whether it is subscribed again afterwards. */
      readonly returning: boolean
      readonly waitMs: number
      readonly failures: number
    }
  | { readonly state: 'backing-off'; readonly position: Position | null; readonly failures: number }
  | { readonly state: 'refused'; readonly position: Position | null; readonly error: ErrorBody }

export type ChannelEvent =
  /** Somebody listens. `start`: where to begin, if anything is known. */
  | { readonly type: 'wanted'; readonly connected: boolean; readonly start: Position | null }
  /** Nobody listens any more. */
  | { readonly type: 'released' }
  | { readonly type: 'connected'; readonly start: Position | null }
  | { readonly type: 'disconnected' }
  /** Another person is at the keyboard: nothing that is known holds. */
  | { readonly type: 'user-changed' }
  /** The user's rights may have changed. */
  | { readonly type: 'refreshed' }
  /** What is asked for with the subscription has changed. */
  | { readonly type: 'changed' }
  | { readonly type: 'recovered'; readonly publications: readonly Publication[] }
  | { readonly type: 'acked'; readonly attempt: number; readonly reply: SubscribedReply }
  | { readonly type: 'failed'; readonly attempt: number; readonly error: ErrorBody; readonly retryAfterMs?: number | undefined }
  | { readonly type: 'published'; readonly publication: Publication }
  | { readonly type: 'unsubscribed'; readonly error: ErrorBody; readonly retryAfterMs?: number | undefined }
  /** The server has answered that the subscription is over. */
  | { readonly type: 'left' }
  /** The server could not take it in: too much at a time. */
  | { readonly type: 'not-left'; readonly retryAfterMs: number | undefined }
  | { readonly type: 'due' }

export type ChannelAction =
  | { readonly type: 'subscribe'; readonly attempt: number; readonly position: Position | null }
  | { readonly type: 'unsubscribe' }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'deliver'; readonly publications: readonly Publication[] }
  | { readonly type: 'gap'; readonly why: GapReason; readonly position: Position }
  /** The stream runs from `position` on; the retained values of now. */
  | { readonly type: 'live'; readonly position: Position; readonly reply: SubscribedReply }
  | { readonly type: 'report'; readonly error: MillraceError }

export interface ChannelContext {
  /** A number that no earlier call was given. */
  readonly attempt: number
  /** A number in [0, 1). */
  readonly random: number
}

type Step = readonly [ChannelState, ...ChannelAction[]]
type Subscribing = Extract<ChannelState, { state: 'subscribing' }>
type Live = Extract<ChannelState, { state: 'live' }>

export function positionOf(channel: ChannelState): Position | null {
  return 'position' in channel ? channel.position : null
}

/** How a durable publication stands to what is known. */
function placeOf(known: Position, position: Position): 'next' | 'known' | 'beyond' {
  if (position.epoch !== known.epoch || position.offset > known.offset + 1) return 'beyond'
  return position.offset === known.offset + 1 ? 'next' : 'known'
}

function subscribe(position: Position | null, failures: number, { attempt }: ChannelContext): Step {
  return [
    { state: 'subscribing', position, attempt, failures },
    { type: 'subscribe', attempt, position },
  ]
}

function backOff(position: Position | null, failures: number, { random }: ChannelContext, retryAfterMs?: number): Step {
  return [
    { state: 'backing-off', position, failures },
    { type: 'wait', ms: Math.max(retryAfterMs ?? 0, backoffMs(failures, random)) },
  ]
}

/** The stream broke: it is taken up again from the last publication that was delivered, at once the first time. */
function resume(position: Position | null, failures: number, { random }: ChannelContext, ...before: ChannelAction[]): Step {
  const waitMs = failures === 0 ? 0 : backoffMs(failures, random)
  const error = new MillraceError('internal', 'The stream of publications had a hole; it is taken up again from the last one in order')
  return [
    { state: 'leaving', position, returning: true, waitMs, failures: failures + 1 },
    ...before,
    { type: 'report', error },
    { type: 'unsubscribe' },
  ]
}

/** Takes the subscription back first: whether the server has it is not known. */
function startOver(position: Position | null, failures: number, { random }: ChannelContext): Step {
  return [{ state: 'leaving', position, returning: true, waitMs: backoffMs(failures, random), failures }, { type: 'unsubscribe' }]
}

function end(position: Position | null, failures: number, error: ErrorBody, context: ChannelContext, retryAfterMs?: number): Step {
  if (error.retry) return backOff(position, failures + 1, context, retryAfterMs)
  return [
    { state: 'refused', position, error },
    { type: 'report', error: MillraceError.fromBody(error) },
  ]
}

function onRecovered(channel: Subscribing, publications: readonly Publication[], context: ChannelContext): Step {
  if (channel.position === null) return [channel]
  let position = channel.position
  const fresh: Publication[] = []
  for (const publication of publications) {
    if (publication.position === undefined) continue
    const place = placeOf(position, publication.position)
    if (place === 'beyond') return resume(position, channel.failures, context, { type: 'deliver', publications: fresh })
    if (place === 'known') continue
    position = publication.position
    fresh.push(publication)
  }
  if (fresh.length === 0) return [channel]
  return [
    { ...channel, position },
    { type: 'deliver', publications: fresh },
  ]
}

function onAcked(channel: Subscribing, reply: SubscribedReply, context: ChannelContext): Step {
  const { position: known, failures } = channel
  const live = (position: Position): Step => [
    { state: 'live', position, failures },
    { type: 'live', position, reply },
  ]
  if (reply.kind === 'gap') {
    const [state, ...actions] = live(reply.position)
    return [state, { type: 'gap', why: reply.why, position: reply.position }, ...actions]
  }
  if (known === null) return live(reply.position)
  const complete = known.epoch === reply.position.epoch && known.offset >= reply.position.offset
  return complete ? live(known) : resume(known, failures, context)
}

function onPublished(channel: Live, publication: Publication, context: ChannelContext): Step {
  if (publication.position === undefined) return [channel, { type: 'deliver', publications: [publication] }]
  const place = placeOf(channel.position, publication.position)
  if (place === 'known') return [channel]
  if (place === 'beyond') return resume(channel.position, channel.failures, context)
  return [
    { state: 'live', position: publication.position, failures: 0 },
    { type: 'deliver', publications: [publication] },
  ]
}

function onReleased(channel: ChannelState): Step {
  switch (channel.state) {
    case 'subscribing':
    case 'live':
      return [{ state: 'leaving', position: null, returning: false, waitMs: 0, failures: 0 }, { type: 'unsubscribe' }]
    case 'leaving':
      return [{ ...channel, position: null, returning: false }]
    default:
      return [{ state: 'idle' }]
  }
}

/** Decides what becomes of a subscription: event in, next state and actions out. Each durable publication is delivered once and in order, or a gap is told (DLV1). */
export function reduceChannel(channel: ChannelState, event: ChannelEvent, context: ChannelContext): Step {
  if (event.type === 'released') return onReleased(channel)
  if (event.type === 'disconnected') {
    const over = channel.state === 'idle' || (channel.state === 'leaving' && !channel.returning)
    return [over ? { state: 'idle' } : { state: 'detached', position: positionOf(channel) }]
  }

  switch (channel.state) {
    case 'idle':
      if (event.type !== 'wanted') return [channel]
      return event.connected ? subscribe(event.start, 0, context) : [{ state: 'detached', position: event.start }]
    case 'detached':
      if (event.type === 'user-changed') return [{ state: 'detached', position: null }]
      return event.type === 'connected' ? subscribe(channel.position ?? event.start, 0, context) : [channel]
    case 'subscribing':
      if (event.type === 'recovered') return onRecovered(channel, event.publications, context)
      if (event.type === 'acked' && event.attempt === channel.attempt) return onAcked(channel, event.reply, context)
      if (event.type === 'failed' && event.attempt === channel.attempt) {
        if (event.error.code === 'timeout') return startOver(channel.position, channel.failures + 1, context)
        return end(channel.position, channel.failures, event.error, context, event.retryAfterMs)
      }
      break
    case 'live':
      if (event.type === 'published') return onPublished(channel, event.publication, context)
      if (event.type === 'unsubscribed') return end(channel.position, channel.failures, event.error, context, event.retryAfterMs)
      break
    case 'leaving':
      if (event.type === 'wanted') return [{ ...channel, returning: true, position: channel.position ?? event.start }]
      if (event.type === 'not-left') return [channel, { type: 'wait', ms: Math.max(event.retryAfterMs ?? 0, backoffMs(1, context.random)) }]
      if (event.type === 'due') return [channel, { type: 'unsubscribe' }]
      if (event.type !== 'left') return [channel]
      if (!channel.returning) return [{ state: 'idle' }]
      if (channel.waitMs === 0) return subscribe(channel.position, channel.failures, context)
      return [
        { state: 'backing-off', position: channel.position, failures: channel.failures },
        { type: 'wait', ms: channel.waitMs },
      ]
    case 'backing-off':
      return event.type === 'due' ? subscribe(channel.position, channel.failures, context) : [channel]
    case 'refused':
      return event.type === 'refreshed' ? subscribe(channel.position, 0, context) : [channel]
  }
  if (event.type === 'changed')
    return [
      { state: 'leaving', position: channel.position, returning: true, waitMs: 0, failures: channel.failures },
      { type: 'unsubscribe' },
    ]
  return [channel]
}
