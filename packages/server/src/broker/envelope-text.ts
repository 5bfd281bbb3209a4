import type { ChannelKey } from '../channel-key.ts'
import { decodeEnvelopes, encodeEnvelopes } from './envelope-codec.ts'
import type { Envelope } from './port.ts'

/** An envelope as one text, its channel first, for a medium whose own channels are shared by many. */
export function envelopeText(envelope: Envelope): string {
  // As JSON, whatever characters it holds: there is no line break in it, and nothing that a database refuses.
  return `${JSON.stringify(envelope.channel)}\n${encodeEnvelopes([envelope])}`
}

/** The envelope; null for what is none. Fields of a newer node are ignored (CON4). */
export function readEnvelope(text: string): Envelope | null {
  const end = text.indexOf('\n')
  const channel = channelOf(text.slice(0, Math.max(0, end)))
  const envelopes = channel === null ? null : decodeEnvelopes(channel, text.slice(end + 1))
  return envelopes?.length === 1 ? (envelopes[0] ?? null) : null
}

function channelOf(json: string): ChannelKey | null {
  try {
    const channel: unknown = JSON.parse(json)
    // Holds: a channel that nobody made reaches nobody.
    return typeof channel === 'string' ? (channel as ChannelKey) : null
  } catch {
    return null
  }
}
