import { type ChannelName, type ChannelRef, escapeParam, unescapeParam } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { Envelope } from '../broker/port.ts'
import { type ChannelKey, channelKey, channelNameOf } from '../channel-key.ts'
import { publicationJson } from '../channels/publication-message.ts'
import type { ClientKind, Frame, Transport } from '../transport/port.ts'

/** Channels of our own, beside the contract's: their publications are messages to SDK clients as they are. */
export const systemChannels = {
  user: (userId: string) => `$user:${userId}`,
  presence: (channel: string) => `$presence:${channel}`,
} as const

/** The channel on which a user's connections, on whichever node, hear what is for this user alone: changes of the inbox, and direct events. */
export function userKey(tenant: string, userId: string): ChannelKey {
  return channelKey(tenant, systemChannels.user(escapeParam(userId)) as ChannelName)
}

/** The user whose channel this is. */
export function userIdOf(key: ChannelKey): string {
  const userId = unescapeParam(channelNameOf(key).slice(systemChannels.user('').length))
  if (userId === null) throw new Error('not the channel of a user')
  return userId
}

const ownEvents = new Set<string>(Object.values(wireEvents))

/** The frame that a kind of reader gets for a publication: SDK clients with its position, stock clients the bare event (DLV2). */
export function encodeFor(transport: Pick<Transport, 'frame'>, namespaces: ReadonlyMap<string, string>) {
  /** `ref` is null for a channel of our own. `name`: of the namespace, as these readers call it. */
  return (envelope: Envelope, ref: ChannelRef | null, kind: ClientKind, name: string): Frame | null => {
    const { delivery, event, json } = envelope
    if (ref === null) {
      const concerns =
        (kind === 'sdk' || !ownEvents.has(event)) && (envelope.namespace === undefined || envelope.namespace === namespaces.get(name))
      return concerns ? transport.frame(name, event, json, { delivery }) : null
    }
    const conflateKey = delivery === 'retained' ? `${ref.name}\n${event}\n${envelope.key ?? ''}` : undefined
    const options = { delivery, conflateKey, pattern: ref.channel }
    if (kind === 'stock') return transport.frame(name, event, json, options)
    return transport.frame(name, wireEvents.publication, publicationJson(ref.name, envelope, envelope.position), options)
  }
}
