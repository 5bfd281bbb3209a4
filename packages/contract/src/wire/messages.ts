import type { z } from 'zod'
import type { DisconnectCode } from '../codes.ts'
import type { Actor, GapReason, Position } from '../delivery.ts'
import type { ErrorBody } from '../errors.ts'
import type { PresenceMember } from '../presence.ts'
import type * as schemas from './schemas.ts'

export const wireVersion = 1

/** Socket.IO event names of the SDK's own messages. Contract names may not begin with `mr:`. */
export const wireEvents = {
  // client → server, each with an ack
  subscribe: 'mr:subscribe',
  unsubscribe: 'mr:unsubscribe',
  refresh: 'mr:refresh',
  typing: 'mr:typing',
  presenceUpdate: 'mr:presence-update',
  inboxList: 'mr:inbox-list',
  inboxMark: 'mr:inbox-mark',
  inboxDelete: 'mr:inbox-delete',
  inboxCount: 'mr:inbox-count',
  // server → client
  welcome: 'mr:welcome',
  publication: 'mr:pub',
  recovered: 'mr:recovered',
  presence: 'mr:presence',
  inbox: 'mr:inbox',
  unsubscribed: 'mr:unsubscribed',
  disconnect: 'mr:disconnect',
} as const

export type Hello = z.infer<typeof schemas.hello>
export type SubscribeMessage = z.infer<typeof schemas.subscribe>
export type UnsubscribeMessage = z.infer<typeof schemas.unsubscribe>
export type RefreshMessage = z.infer<typeof schemas.refresh>
export type TypingMessage = z.infer<typeof schemas.typing>
export type PresenceUpdateMessage = z.infer<typeof schemas.presenceUpdate>
export type InboxListMessage = z.infer<typeof schemas.inboxList>
export type InboxMarkMessage = z.infer<typeof schemas.inboxMark>
export type InboxDeleteMessage = z.infer<typeof schemas.inboxDelete>

/** Every ack, for requests of the contract too. */
export type Ack<T = unknown> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: ErrorBody }

/** First message of an SDK connection; assigned subscriptions are in place when it is sent (CHN3). */
export interface WelcomeMessage {
  readonly version: number
  readonly connectionId: string
  readonly user: { readonly id: string; readonly name?: string; readonly roles: readonly string[] }
  /** Milliseconds since 1970, by the server's clock. */
  readonly time: number
  /** Milliseconds since 1970 at which the token's rights end; null for never. */
  readonly expiresAt: number | null
  /** The channels that the server has assigned, and where their logs stood. Subscribe from there to miss nothing. */
  readonly assigned: readonly { readonly channel: string; readonly position: Position }[]
}

/** One publication as it travels: c channel, e event, d data, i id, t time, a actor, o offset, p epoch (durable only). */
export interface PublicationMessage {
  readonly c: string
  readonly e: string
  readonly d: unknown
  readonly i: string
  readonly t: number
  readonly a?: Actor
  readonly o?: number
  readonly p?: string
}

/** A chunk of a recovery, in offset order. Chunks come before the subscription's ack. */
export interface RecoveredMessage {
  readonly channel: string
  readonly publications: readonly PublicationMessage[]
}

/**
 * The ack of `subscribe`. Live publications follow `position` (REC1).
 * `live`: no position was given. `recovered`: all that was missed came in chunks before this ack. `gap`: it could not be had.
 */
export type SubscribedReply = {
  readonly position: Position
  readonly retained: readonly PublicationMessage[]
} & ({ readonly kind: 'live' } | { readonly kind: 'recovered'; readonly count: number } | { readonly kind: 'gap'; readonly why: GapReason })

/**
 * `sync` replaces what is known; it comes after the subscription's ack. `changes`: who is there, or is there otherwise than before, and who is not any
 * more; several a second at most. Naming somebody who is known, or has left already, is no fault.
 */
export type PresenceMessage = { readonly channel: string } & (
  | { readonly kind: 'sync'; readonly members: readonly PresenceMember[] }
  | { readonly kind: 'join' | 'update'; readonly member: PresenceMember }
  | { readonly kind: 'leave'; readonly userId: string }
  | { readonly kind: 'changes'; readonly members: readonly PresenceMember[]; readonly left: readonly string[] }
)

/** The server has ended a subscription. */
export interface UnsubscribedMessage {
  readonly channel: string
  readonly error: ErrorBody
}

/** Sent last before the server ends a connection. */
export interface DisconnectMessage {
  readonly code: DisconnectCode
  readonly number: number
  readonly reason: string
  readonly retry: boolean
  readonly retryAfterMs?: number
}
