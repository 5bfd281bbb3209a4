import type { Socket } from 'socket.io'

type EngineSocket = Socket['conn']

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function call(value: unknown, method: string): boolean {
  const found = own(value, method)
  if (typeof found !== 'function') return false
  Reflect.apply(found, value, [])
  return true
}

/**
 * Breaks a connection off, as a network would. Engine.IO's goodbye is not enough: a peer that reads nothing keeps a WebSocket open
 * for half a minute after it, and python-socketio takes the `close` packet of polling for the end of the visit and stays away.
 */
export function hangUp(conn: EngineSocket): void {
  const { transport } = conn
  // Engine.IO has no public way to either: the WebSocket, and the poll that waits for an answer.
  if (call(own(transport, 'socket'), 'terminate') || call(own(transport, 'req'), 'destroy')) return
  if (conn.readyState !== 'closed') transport.emit('error', new Error('hung up'))
}
