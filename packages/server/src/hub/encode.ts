import type { AnyContract } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { Envelope } from '../broker/port.ts'
import { channelNameOf } from '../channel-key.ts'
import { publicationJson } from '../channels/publication-message.ts'
import type { ClientKind, Frame, Transport } from '../transport/port.ts'

/** Channels of our own, beside the contract's: their publications are messages to SDK clients as they are. */
export const systemChannels = {
  inbox: (userId: string) => `$inbox:${userId}`,
  presence: (channel: string) => `$presence:${channel}`,
} as const

/** The frame that a kind of reader gets for a publication: SDK clients with its position, stock clients the bare event (DLV2). */
export function encodeFor(contract: Pick<AnyContract, 'resolve'>, transport: Pick<Transport, 'frame'>) {
  return (envelope: Envelope, kind: ClientKind, namespace: string): Frame | null => {
    const name = channelNameOf(envelope.channel)
    const { delivery, event, json } = envelope
    if (name.startsWith('$')) return kind === 'sdk' ? transport.frame(namespace, event, json, { delivery }) : null
    const conflateKey = delivery === 'retained' ? `${name}\n${event}\n${envelope.key ?? ''}` : undefined
    const options = { delivery, conflateKey, pattern: contract.resolve(name)?.channel }
    if (kind === 'stock') return transport.frame(namespace, event, json, options)
    return transport.frame(namespace, wireEvents.publication, publicationJson(name, envelope, envelope.position), options)
  }
}
