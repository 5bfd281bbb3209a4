import type { ErrorBody, InboxChange, InboxPage, Position, Publication } from '@millrace/contract'
import type {
  DisconnectMessage,
  PresenceMessage,
  PublicationMessage,
  SubscribedReply,
  UnsubscribedMessage,
  WelcomeMessage,
} from '@millrace/contract/wire'
import type { Refusal } from './connection/connection-state.ts'

/**
 * Reads what came from the server. Only the fields that the client leans on are looked at: unknown ones are let be, and a
 * message without them is null, to be ignored (CON4).
 */

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(raw: unknown): Fields | null {
  // Holds: an object that is not null can be asked for any property.
  return typeof raw === 'object' && raw !== null ? (raw as Fields) : null
}

export function readPosition(raw: unknown): Position | null {
  const fields = fieldsOf(raw)
  if (fields === null || typeof fields.epoch !== 'string' || !Number.isSafeInteger(fields.offset)) return null
  return { epoch: fields.epoch, offset: fields.offset as number }
}

export interface ChannelPublication {
  readonly channel: string
  readonly publication: Publication
}

export function readPublication(raw: unknown): ChannelPublication | null {
  const fields = fieldsOf(raw)
  if (fields === null || typeof fields.c !== 'string' || typeof fields.e !== 'string' || typeof fields.i !== 'string') return null
  // Holds as far as it is used: the fields that decide are checked above, the rest is handed on as the server wrote it.
  const { c, e, d, i, t, a, o, p } = raw as PublicationMessage
  const position = o !== undefined && p !== undefined ? readPosition({ epoch: p, offset: o }) : null
  return { channel: c, publication: { event: e, data: d, id: i, time: t, ...(a && { actor: a }), ...(position && { position }) } }
}

export function readPublications(raw: unknown): readonly Publication[] {
  if (!Array.isArray(raw)) return []
  return raw.flatMap((one) => readPublication(one)?.publication ?? [])
}

export function readRecovered(raw: unknown): { readonly channel: string; readonly publications: readonly Publication[] } | null {
  const fields = fieldsOf(raw)
  if (fields === null || typeof fields.channel !== 'string') return null
  return { channel: fields.channel, publications: readPublications(fields.publications) }
}

export type ReadAck = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: ErrorBody }

const unreadable: ErrorBody = { code: 'internal', message: 'The server answered with something that is not an ack', retry: false }

export function readErrorBody(raw: unknown): ErrorBody {
  const fields = fieldsOf(raw)
  if (fields === null || typeof fields.code !== 'string') return unreadable
  const details = fieldsOf(fields.details)
  return { code: fields.code, message: String(fields.message ?? fields.code), retry: fields.retry === true, ...(details && { details }) }
}

export function readAck(raw: unknown): ReadAck {
  const fields = fieldsOf(raw)
  if (fields?.ok === true) return { ok: true, data: fields.data }
  return { ok: false, error: readErrorBody(fields?.error) }
}

function readRetryAfter(fields: Fields): { readonly retryAfterMs?: number } {
  const ms = fields.retryAfterMs ?? fieldsOf(fields.details)?.retryAfterMs
  return typeof ms === 'number' && ms >= 0 ? { retryAfterMs: ms } : {}
}

export function retryAfterOf(error: ErrorBody): number | undefined {
  return readRetryAfter({ details: error.details }).retryAfterMs
}

/** Null where the refusal is not one of Millrace's: the network's, a proxy's. */
export function readRefusal(raw: unknown): Refusal | null {
  const fields = fieldsOf(raw)
  return fields !== null && typeof fields.code === 'string' ? { ...readErrorBody(raw), ...readRetryAfter(fields) } : null
}

export function readWelcome(raw: unknown): WelcomeMessage | null {
  const fields = fieldsOf(raw)
  if (fields === null || typeof fields.connectionId !== 'string' || typeof fieldsOf(fields.user)?.id !== 'string') return null
  // Holds as far as it is used: identity is checked above, what is missing of the rest gets a harmless value.
  const welcome = raw as WelcomeMessage
  const assigned = Array.isArray(fields.assigned) ? welcome.assigned.filter((one) => readPosition(one?.position) !== null) : []
  return { ...welcome, assigned, expiresAt: typeof fields.expiresAt === 'number' ? fields.expiresAt : null }
}

export function readDisconnect(raw: unknown): DisconnectMessage | null {
  const fields = fieldsOf(raw)
  if (fields === null || typeof fields.code !== 'string') return null
  // Holds: the code may be one that this client does not know; it is only handed on.
  const message = raw as DisconnectMessage
  return { ...message, reason: String(fields.reason ?? fields.code), retry: fields.retry === true, ...readRetryAfter(fields) }
}

export function readSubscribed(raw: unknown): SubscribedReply | null {
  const fields = fieldsOf(raw)
  if (fields === null || readPosition(fields.position) === null || typeof fields.kind !== 'string') return null
  // Holds as far as it is used: the position and the kind are checked, `retained` is read one by one.
  return raw as SubscribedReply
}

export function readUnsubscribed(raw: unknown): UnsubscribedMessage | null {
  const fields = fieldsOf(raw)
  return fields !== null && typeof fields.channel === 'string' ? { channel: fields.channel, error: readErrorBody(fields.error) } : null
}

export function readPresence(raw: unknown): PresenceMessage | null {
  const fields = fieldsOf(raw)
  if (fields === null || typeof fields.channel !== 'string') return null
  const known =
    (fields.kind === 'sync' && Array.isArray(fields.members)) ||
    ((fields.kind === 'join' || fields.kind === 'update') && typeof fieldsOf(fields.member)?.userId === 'string') ||
    (fields.kind === 'leave' && typeof fields.userId === 'string') ||
    (fields.kind === 'changes' && Array.isArray(fields.members) && Array.isArray(fields.left))
  // Holds: each kind's own field was checked.
  return known ? (raw as PresenceMessage) : null
}

export function readInboxChange(raw: unknown): InboxChange | null {
  const fields = fieldsOf(raw)
  if (fields === null || typeof fields.revision !== 'number') return null
  const known =
    fields.kind === 'check' ||
    (typeof fields.unread === 'number' &&
      ((fields.kind === 'added' && typeof fieldsOf(fields.notification)?.id === 'string') ||
        (fields.kind === 'marked' && (fields.ids === 'all' || Array.isArray(fields.ids))) ||
        (fields.kind === 'deleted' && Array.isArray(fields.ids))))
  // Holds: each kind's own fields were checked.
  return known ? (raw as InboxChange) : null
}

export function readInboxPage(raw: unknown): InboxPage | null {
  const fields = fieldsOf(raw)
  if (fields === null || !Array.isArray(fields.notifications) || typeof fields.revision !== 'number' || typeof fields.unread !== 'number')
    return null
  // Holds as far as it is used; a cursor is only handed back.
  return raw as InboxPage
}
