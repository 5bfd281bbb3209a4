import type { Envelope } from './port.ts'

type Header = Omit<Envelope, 'json'>

/** An envelope as one text: its header as JSON, a line break, and `json` as it is, which no broker reads. */
export function envelopeText({ json, ...header }: Envelope): string {
  // A header in JSON has no line break.
  return `${JSON.stringify(header)}\n${json}`
}

/** The envelope; null for what is none. Fields of a newer node are ignored (CON4). */
export function readEnvelope(text: string): Envelope | null {
  const end = text.indexOf('\n')
  if (end < 0) return null
  const header = headerOf(text.slice(0, end))
  return header === null ? null : { ...header, json: text.slice(end + 1) }
}

function headerOf(text: string): Header | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(value)) return null
  const { channel, delivery, event, id, time, actor, position, key, revision, except, namespace } = value
  if (![channel, event, id].every(isText) || !isWhole(time)) return null
  if (delivery !== 'durable' && delivery !== 'retained' && delivery !== 'volatile') return null
  if (actor !== undefined && !(isRecord(actor) && isText(actor.id) && (actor.name === undefined || isText(actor.name)))) return null
  if (position !== undefined && !(isRecord(position) && isText(position.epoch) && isWhole(position.offset))) return null
  if (![key, except, namespace].every((field) => field === undefined || isText(field))) return null
  if (revision !== undefined && !isWhole(revision)) return null
  const known = { channel, delivery, event, id, time, actor, position, key, revision, except, namespace }
  // Holds: each field was looked at; a channel that nobody made reaches nobody.
  return Object.fromEntries(Object.entries(known).filter(([, field]) => field !== undefined)) as unknown as Header
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
function isText(value: unknown): value is string {
  return typeof value === 'string'
}
function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
