import type { DisconnectMessage, WelcomeMessage } from '@millrace/contract/wire'
import { backoffMs } from './backoff.ts'
import type { TokenReason } from './token.ts'

/** The connection as an application sees it. */
export type ConnectionState =
  | { readonly state: 'idle' }
  | { readonly state: 'connecting' }
  | { readonly state: 'live'; readonly connectionId: string; readonly user: WelcomeMessage['user'] }
  /** `nextAttemptAt` is null while an attempt is under way. */
  | { readonly state: 'reconnecting'; readonly attempt: number; readonly nextAttemptAt: number | null; readonly cause: string }
  | { readonly state: 'offline'; readonly attempt: number; readonly nextAttemptAt: number | null }
  | { readonly state: 'refused'; readonly code: string; readonly message: string }
  | { readonly state: 'closed' }

/** The connection as the client keeps it. `attempt` counts since it was last live for a while; 0 before anything failed. */
export type Link =
  | { readonly state: 'idle' }
  /** `renewed`: a newly issued token was asked for since the connection was last live. */
  | { readonly state: 'opening'; readonly attempt: number; readonly reason: TokenReason; readonly renewed: boolean; readonly cause: string }
  | { readonly state: 'live'; readonly attempt: number; readonly since: number; readonly welcome: WelcomeMessage }
  | {
      readonly state: 'waiting'
      readonly attempt: number
      readonly reason: TokenReason
      readonly renewed: boolean
      readonly cause: string
      readonly at: number
      /** The server asked not to be called before. */
      readonly notBefore: number
    }
  | { readonly state: 'refused'; readonly code: string; readonly message: string }
  | { readonly state: 'closed' }

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly retry: boolean
  readonly retryAfterMs?: number
}

export type LinkEvent =
  /** Something wants the connection; `connect` is the application's own wish, which also ends `refused` and a wait. */
  | { readonly type: 'needed' | 'connect' | 'due' | 'woke' | 'close' }
  | { readonly type: 'opened'; readonly welcome: WelcomeMessage }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** The attempt, or the live connection, broke. */
  | { readonly type: 'failed'; readonly cause: string }
  | { readonly type: 'dismissed'; readonly message: DisconnectMessage }

export type LinkAction =
  | { readonly type: 'open'; readonly reason: TokenReason }
  | { readonly type: 'drop' }
  | { readonly type: 'wait'; readonly ms: number }

export interface LinkContext {
  readonly now: number
  /** A number in [0, 1). */
  readonly random: number
}

type Step = readonly [Link, ...LinkAction[]]

/** Live for so long, the next failure counts as the first. */
const stableMs = 5_000
/** What a newly issued token can mend. */
const tokenTroubles = new Set(['auth_expired', 'auth_invalid', 'token_expired'])

type Opening = Extract<Link, { state: 'opening' }>

function open(link: Omit<Opening, 'state'>, ...before: LinkAction[]): Step {
  return [{ state: 'opening', ...link }, ...before, { type: 'open', reason: link.reason }]
}

function wait(link: Omit<Opening, 'state'>, { now, random }: LinkContext, retryAfterMs?: number): Step {
  const ms = retryAfterMs === undefined ? backoffMs(link.attempt, random) : Math.round(retryAfterMs + random * 1_000)
  const at = now + ms
  return [{ state: 'waiting', ...link, at, notBefore: now + (retryAfterMs ?? 0) }, { type: 'drop' }, { type: 'wait', ms }]
}

function onRefused(link: Opening, refusal: Refusal, context: LinkContext): Step {
  if (tokenTroubles.has(refusal.code) && !link.renewed)
    return open({ ...link, reason: 'expired', renewed: true, cause: refusal.code }, { type: 'drop' })
  if (!refusal.retry) return [{ state: 'refused', code: refusal.code, message: refusal.message }, { type: 'drop' }]
  const reason = tokenTroubles.has(refusal.code) ? 'expired' : 'connect'
  return wait({ attempt: link.attempt + 1, reason, renewed: link.renewed, cause: refusal.code }, context, refusal.retryAfterMs)
}

function onLost(link: Extract<Link, { state: 'live' }>, cause: string, context: LinkContext, message?: DisconnectMessage): Step {
  const stable = context.now - link.since >= stableMs
  const next = { attempt: stable ? 1 : link.attempt + 1, reason: 'connect' as TokenReason, renewed: false, cause }
  if (message === undefined) return wait(next, context)
  if (!message.retry) return [{ state: 'refused', code: message.code, message: message.reason }, { type: 'drop' }]
  if (message.code !== 'token_expired') return wait(next, context, message.retryAfterMs)
  const renewing = { ...next, reason: 'expired' as TokenReason, renewed: true }
  return stable ? open(renewing, { type: 'drop' }) : wait(renewing, context)
}

/** Decides what becomes of the connection: event in, next state and actions out. */
export function reduceLink(link: Link, event: LinkEvent, context: LinkContext): Step {
  if (link.state === 'closed') return [link]
  if (event.type === 'close') return [{ state: 'closed' }, { type: 'drop' }]

  switch (link.state) {
    case 'idle':
    case 'refused': {
      const wanted = event.type === 'connect' || (event.type === 'needed' && link.state === 'idle')
      return wanted ? open({ attempt: 0, reason: 'connect', renewed: false, cause: 'network' }) : [link]
    }
    case 'opening':
      if (event.type === 'opened') return [{ state: 'live', attempt: link.attempt, since: context.now, welcome: event.welcome }]
      if (event.type === 'refused') return onRefused(link, event.refusal, context)
      if (event.type === 'dismissed') return onRefused(link, { ...event.message, message: event.message.reason }, context)
      if (event.type === 'failed') {
        // A provider that failed to renew is asked to renew again; otherwise the token it gave is as fresh as can be.
        const reason = event.cause === 'token_unavailable' ? link.reason : 'connect'
        return wait({ attempt: link.attempt + 1, reason, renewed: link.renewed, cause: event.cause }, context)
      }
      return [link]
    case 'live':
      if (event.type === 'failed') return onLost(link, event.cause, context)
      if (event.type === 'dismissed') return onLost(link, event.message.code, context, event.message)
      return [link]
    case 'waiting': {
      const early = event.type === 'connect' || (event.type === 'woke' && context.now >= link.notBefore)
      if (!early && event.type !== 'due') return [link]
      return open({ attempt: link.attempt, reason: link.reason, renewed: link.renewed, cause: link.cause })
    }
  }
}

export function connectionStateOf(link: Link, online: boolean): ConnectionState {
  switch (link.state) {
    case 'opening':
    case 'waiting': {
      const nextAttemptAt = link.state === 'waiting' ? link.at : null
      if (!online) return { state: 'offline', attempt: link.attempt, nextAttemptAt }
      if (link.attempt === 0) return { state: 'connecting' }
      return { state: 'reconnecting', attempt: link.attempt, nextAttemptAt, cause: link.cause }
    }
    case 'live':
      return { state: 'live', connectionId: link.welcome.connectionId, user: link.welcome.user }
    default:
      return link
  }
}
