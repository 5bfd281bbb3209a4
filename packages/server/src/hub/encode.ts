import type { ChannelRef } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { Envelope } from '../broker/port.ts'
import { publicationJson } from '../channels/publication-message.ts'
import type { ClientKind, Frame, Transport } from '../transport/port.ts'

/** Channels of our own, beside the contract's: their publications are messages to SDK clients as they are. */
export const systemChannels = {
  inbox: (userId: string) => `$inbox:${userId}`,
  presence: (channel: string) => `$presence:${channel}`,
} as const

/** The frame that a kind of reader gets for a publication: SDK clients with its position, stock clients the bare event (DLV2). */
export function encodeFor(transport: Pick<Transport, 'frame'>) {
  /** `ref` is null for a channel of our own. */
  return (envelope: Envelope, ref: ChannelRef | null, kind: ClientKind, namespace: string): Frame | null => {
    const { delivery, event, json } = envelope
    if (ref === null) return kind === 'sdk' ? transport.frame(namespace, event, json, { delivery }) : null
    const conflateKey = delivery === 'retained' ? `${ref.name}\n${event}\n${envelope.key ?? ''}` : undefined
    const options = { delivery, conflateKey, pattern: ref.channel }
    if (kind === 'stock') return transport.frame(namespace, event, json, options)
    return transport.frame(namespace, wireEvents.publication, publicationJson(ref.name, envelope, envelope.position), options)
  }
}
