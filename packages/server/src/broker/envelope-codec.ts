import type { Actor, DeliveryClass, Position } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import type { Envelope } from './port.ts'

/** The form of a message: another one is another node's, newer than this. */
const version = '1'

const deliveryLetters = { durable: 'd', retained: 'r', volatile: 'v' } as const satisfies Record<DeliveryClass, string>
const deliveries = new Map<unknown, DeliveryClass>([
  ['d', 'durable'],
  ['r', 'retained'],
  ['v', 'volatile'],
])

/** What a message says of each of its envelopes; a newer node may say more (CON4). */
interface Head {
  readonly d: string
  readonly e: string
  readonly i: string
  readonly t: number
  /** How many UTF-16 units of the text behind the heads are its data. */
  readonly n: number
  readonly a?: readonly [id: string, name?: string]
  readonly p?: readonly [epoch: string, offset: number]
  readonly k?: string
  readonly r?: number
  readonly x?: string
  readonly s?: string
}

/** Envelopes of one channel, in their order, as one message: the heads as JSON in one line, then their texts as they are. */
export function encodeEnvelopes(envelopes: readonly Envelope[]): string {
  const heads = JSON.stringify(envelopes.map(headOf))
  let message = `${version}${heads}\n`
  for (const { json } of envelopes) message += json
  return message
}

function headOf({ delivery, event, id, time, json, actor, position, key, revision, except, namespace }: Envelope): Head {
  return {
    ...{ d: deliveryLetters[delivery], e: event, i: id, t: time, n: json.length },
    ...(actor !== undefined && { a: actor.name === undefined ? [actor.id] : [actor.id, actor.name] }),
    ...(position !== undefined && { p: [position.epoch, position.offset] }),
    ...(key !== undefined && { k: key }),
    ...(revision !== undefined && { r: revision }),
    ...(except !== undefined && { x: except }),
    ...(namespace !== undefined && { s: namespace }),
  }
}

/** The envelopes of a message; null for what is none, or one of another version. Their texts are not looked into. */
export function decodeEnvelopes(channel: ChannelKey, message: string): readonly Envelope[] | null {
  const end = message.indexOf('\n')
  if (end < 0 || !message.startsWith(version)) return null
  let heads: unknown
  try {
    heads = JSON.parse(message.slice(version.length, end))
  } catch {
    return null
  }
  if (!Array.isArray(heads)) return null
  const envelopes: Envelope[] = []
  let from = end + 1
  for (const head of heads as readonly unknown[]) {
    const envelope = isHead(head) ? envelopeOf(channel, head, message.slice(from, from + head.n)) : null
    if (envelope === null) return null
    envelopes.push(envelope)
    from += envelope.json.length
  }
  return from === message.length ? envelopes : null
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isTextOrNone = (value: unknown): boolean => value === undefined || isText(value)
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false
  // Holds: each field that is read is checked here.
  const { d, e, i, t, n, a, p, k, r, x, s } = value as Readonly<Record<keyof Head, unknown>>
  return (
    deliveries.has(d) &&
    isText(e) &&
    isText(i) &&
    typeof t === 'number' &&
    isCount(n) &&
    (a === undefined || (Array.isArray(a) && isText(a[0]) && isTextOrNone(a[1]))) &&
    (p === undefined || (Array.isArray(p) && isText(p[0]) && isCount(p[1]))) &&
    (r === undefined || isCount(r)) &&
    [k, x, s].every(isTextOrNone)
  )
}

function envelopeOf(channel: ChannelKey, { d, e, i, t, n, a, p, k, r, x, s }: Head, json: string): Envelope | null {
  const delivery = deliveries.get(d)
  // A text that is empty, or was cut, is no JSON.
  if (delivery === undefined || json.length !== n || n === 0) return null
  return {
    ...{ channel, delivery, event: e, json, id: i, time: t },
    ...(a !== undefined && { actor: actorOf(a) }),
    ...(p !== undefined && { position: { epoch: p[0], offset: p[1] } satisfies Position }),
    ...(k !== undefined && { key: k }),
    ...(r !== undefined && { revision: r }),
    ...(x !== undefined && { except: x }),
    ...(s !== undefined && { namespace: s }),
  }
}

function actorOf([id, name]: readonly [id: string, name?: string]): Actor {
  return name === undefined ? { id } : { id, name }
}
