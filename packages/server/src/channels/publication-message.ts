import type { ChannelName, Position } from '@millrace/contract'
import type { StoredPublication } from '../log/port.ts'

/** A stored publication as JSON text of a `PublicationMessage`; its data is spliced in as it is, never parsed. */
export function publicationJson(channel: ChannelName, stored: StoredPublication, position?: Position): string {
  const head = `{"c":${JSON.stringify(channel)},"e":${JSON.stringify(stored.event)},"d":${stored.json},"i":${JSON.stringify(stored.id)},"t":${stored.time}`
  const actor = stored.actor === undefined ? '' : `,"a":${JSON.stringify(stored.actor)}`
  const place = position === undefined ? '' : `,"o":${position.offset},"p":${JSON.stringify(position.epoch)}`
  return `${head}${actor}${place}}`
}
