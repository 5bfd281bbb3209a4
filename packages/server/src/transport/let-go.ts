import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Namespace, Socket } from 'socket.io'
import { Adapter } from 'socket.io-adapter'

type Conn = Socket['conn']

/** The headers that admission looks at; a client may come to a second namespace long after the handshake. */
const headersKept = ['authorization', 'cookie', 'x-forwarded-for'] as const

const nothing = Object.freeze({})
const noHeaders = Object.freeze({ headers: nothing, connection: nothing, _query: nothing })

/** Replaces the request behind an Engine.IO connection, with its stream, by the few headers that are still needed. */
export function letRequestGo(conn: Conn): void {
  const { headers } = conn.request
  const kept = headersKept.filter((name) => headers[name] !== undefined)
  const left = kept.length === 0 ? noHeaders : { ...noHeaders, headers: Object.fromEntries(kept.map((name) => [name, headers[name]])) }
  // Holds: Socket.IO reads nothing else of it after the handshake (`Socket.buildHandshake`).
  Reflect.set(conn, 'request', left as unknown as IncomingMessage)
}

// Socket.IO's bookkeeping for what we never do: emit with an ack.
const noAcks = new Map()
const noHandshake = Object.freeze({ headers: nothing, auth: nothing, query: nothing })

/**
 * Called when a socket is admitted, and has its listeners. Drops what was needed until then, the token first of all, and makes small what stays.
 * None of this is needed for anything but memory: what a release of Socket.IO names differently would only stay as large as it is.
 */
export function letHandshakeGo(socket: Socket): void {
  const { conn } = socket
  Reflect.set(socket, 'handshake', noHandshake)
  Reflect.set(socket, 'acks', noAcks)
  // Of the handshake too: for responses of long polling.
  if (conn.transport.name === 'websocket') conn.transport.removeAllListeners('headers')
  for (const emitter of [socket, conn, conn.transport, Reflect.get(conn.transport, 'socket')]) shrinkListeners(emitter)
  shrinkArray(socket, '_anyListeners')
  shrinkArray(conn, 'cleanupFn')
  shrinkArray(conn, 'sentCallbackFn')
}

// An object that inherits nothing and still has a shape, which `Object.create(null)` has not: a fifth of the memory.
const bare = Object.create(null) as object

/** Node keeps an emitter's listeners in a hash table of its own, and what is to run once in a wrapper; shared shapes do as well. */
function shrinkListeners(emitter: unknown): void {
  if (!(emitter instanceof EventEmitter)) return
  const events: unknown = Reflect.get(emitter, '_events')
  if (typeof events !== 'object' || events === null) return
  const shrunk = Object.assign(Object.create(bare) as object, events)
  // Engine.IO's and ours can be called twice: closing what is closed does nothing.
  for (const name of ['close', 'error']) if (Reflect.has(shrunk, name)) Reflect.set(shrunk, name, unwrapped(Reflect.get(shrunk, name)))
  Reflect.set(emitter, '_events', shrunk)
}

function unwrapped(listener: unknown): unknown {
  if (Array.isArray(listener)) return listener.map(unwrapped)
  return typeof listener === 'function' ? (Reflect.get(listener, 'listener') ?? listener) : listener
}

/** An array that was pushed to has room for more, here for good. */
function shrinkArray(owner: object, name: string): void {
  const array: unknown = Reflect.get(owner, name)
  if (Array.isArray(array)) Reflect.set(owner, name, array.slice())
}

/** Socket.IO's rooms, which we have no use for: each socket would have one of its own. */
export class NoRooms extends Adapter {
  constructor(namespace: Namespace) {
    super(namespace)
  }
  override addAll(): void {}
  override del(): void {}
  override delAll(): void {}
}
