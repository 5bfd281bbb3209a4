import { pause, within } from '../node/deadline.ts'
import { type Recorder, recorder } from '../recorder.ts'
import { openRawWebSocket, type RawWebSocket, type RawWebSocketOptions } from './raw-websocket.ts'

export interface RawEvent {
  readonly event: string
  readonly args: readonly unknown[]
}

/** A Socket.IO client by hand, in one namespace. */
export interface RawSession {
  readonly socket: RawWebSocket
  /** Events in the order in which they came. */
  readonly events: Recorder<RawEvent>
  /** The answer to the connection: what `connect_error` would say, or null. */
  readonly refusal: { readonly message?: string; readonly data?: { readonly code?: string } } | null
  /** Sends an event with an ack; null when the connection ended, or no answer came within 5 s. */
  ask(event: string, ...args: readonly unknown[]): Promise<unknown>
  tell(event: string, ...args: readonly unknown[]): void
  /** Enters another namespace over the same WebSocket. */
  enter(namespace: string, auth: unknown): Promise<RawSession>
}

export interface RawSessionOptions extends RawWebSocketOptions {
  readonly auth: unknown
  /** @default the main one */
  readonly namespace?: string
}

export async function openRawSession({ auth, namespace, ...options }: RawSessionOptions): Promise<RawSession> {
  const socket = await openRawWebSocket(options)
  await within(5_000, 'Engine.IO open', Promise.race([socket.packets.count(1), ended(socket)]))
  return await enter(socket, namespace, auth)
}

function ended({ closed }: RawWebSocket): Promise<never> {
  const end = closed.then(() => {
    throw new Error('the server ended the connection before it began')
  })
  end.catch(() => {})
  return end
}

async function enter(socket: RawWebSocket, namespace: string | undefined, auth: unknown): Promise<RawSession> {
  const prefix = namespace === undefined ? '' : `${namespace},`
  const events = recorder<RawEvent>()
  const waiting = new Map<number, (reply: unknown) => void>()
  const answer = recorder<string>()
  let nextId = 1_000

  function receive(packet: string): void {
    const body = packet.slice(2 + prefix.length)
    if (packet.startsWith(`42${prefix}`) && body.startsWith('[')) {
      // Holds: an event packet is an array that begins with its name.
      const [event = '', ...args] = JSON.parse(body) as [string?, ...unknown[]]
      events.push({ event, args })
    } else if (packet.startsWith(`43${prefix}`)) {
      const at = body.indexOf('[')
      const id = Number(body.slice(0, at))
      const resolve = waiting.get(id)
      waiting.delete(id)
      resolve?.((JSON.parse(body.slice(at)) as unknown[])[0])
    } else if (packet.startsWith(`40${prefix}`) || packet.startsWith(`44${prefix}`)) answer.push(packet)
  }
  socket.packets.each(receive)
  void socket.closed.then(() => {
    for (const resolve of waiting.values()) resolve(null)
    waiting.clear()
  })

  socket.send(`40${prefix}${JSON.stringify(auth)}`)
  const [first = ''] = await within(5_000, 'an answer to Socket.IO connect', Promise.race([answer.count(1), ended(socket)]))
  return {
    socket,
    events,
    refusal: first.startsWith('44') ? (JSON.parse(first.slice(2 + prefix.length)) as RawSession['refusal']) : null,
    async ask(event, ...args) {
      const id = nextId++
      const reply = new Promise<unknown>((resolve) => waiting.set(id, resolve))
      socket.send(`42${prefix}${id}${JSON.stringify([event, ...args])}`)
      if (!socket.isOpen) return null
      return await Promise.race([reply, pause(5_000).then(() => null)])
    },
    tell: (event, ...args) => socket.send(`42${prefix}${JSON.stringify([event, ...args])}`),
    enter: (other, otherAuth) => enter(socket, other, otherAuth),
  }
}
