import { pause, type Recorder, recorder, within } from '@millrace-tests/support'
import WebSocket from 'ws'
import type { Wiretap } from './wiretap.ts'

export interface RawWebSocket {
  readonly packets: Recorder<string>
  readonly isOpen: boolean
  /** A text or a binary message, as it is: Engine.IO and Socket.IO are the caller's business. */
  send(message: string | Uint8Array): void
  /** Bytes on the TCP connection, past the WebSocket protocol. */
  sendBytes(bytes: Uint8Array): void
  pauseReading(): void
  readonly closed: Promise<void>
  destroy(): void
}

/** A WebSocket to Engine.IO that answers pings and nothing else. */
export async function openRawWebSocket(url: string, tap: Wiretap, query = 'EIO=4&transport=websocket'): Promise<RawWebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?${query}`, { perMessageDeflate: false, maxPayload: 0 })
  const packets = recorder<string>()
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
  socket.on('upgrade', ({ headers, socket: tcp }) => {
    tap.add(JSON.stringify(headers))
    tcp.on('data', (chunk: Buffer) => tap.add(chunk))
  })
  socket.on('unexpected-response', (_, response) => {
    response.on('data', (chunk: Buffer) => tap.add(chunk))
    response.on('end', () => socket.terminate())
  })
  socket.on('message', (data, binary) => {
    const text = binary ? `b${String(data)}` : String(data)
    tap.add(text)
    packets.push(text)
    if (text === '2' && socket.readyState === WebSocket.OPEN) socket.send('3')
  })
  await Promise.race([new Promise<void>((resolve) => void socket.once('open', () => resolve())), closed])

  return {
    packets,
    get isOpen() {
      return socket.readyState === WebSocket.OPEN
    },
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message, { binary: typeof message !== 'string' })
    },
    sendBytes(bytes) {
      // Holds: `ws` keeps its TCP socket under this name; there is no public way past its framing.
      const { _socket: tcp } = socket as unknown as { _socket?: { write(bytes: Uint8Array): void } }
      tcp?.write(bytes)
    },
    pauseReading: () => socket.pause(),
    closed,
    destroy: () => socket.terminate(),
  }
}

export interface RawSession extends RawWebSocket {
  /** Sends an event with an ack; null when the connection ended, or no answer came in time. */
  ask(event: string, ...args: readonly unknown[]): Promise<unknown>
}

/** Connected to a namespace with this `auth`: from here on it is a client like any other. */
export async function openRawSession(url: string, tap: Wiretap, auth: unknown, namespace = ''): Promise<RawSession> {
  const socket = await openRawWebSocket(url, tap)
  const prefix = namespace === '' ? '' : `${namespace},`
  await within(
    5_000,
    'Engine.IO open',
    socket.packets.find((packet) => packet.startsWith('0')),
  )
  socket.send(`40${prefix}${JSON.stringify(auth)}`)
  await within(
    5_000,
    'Socket.IO connect',
    socket.packets.find((packet) => packet.startsWith(`40${prefix}`) || packet.startsWith('44')),
  )
  let nextId = 1_000
  return {
    packets: socket.packets,
    get isOpen() {
      return socket.isOpen
    },
    send: socket.send,
    sendBytes: socket.sendBytes,
    pauseReading: socket.pauseReading,
    closed: socket.closed,
    destroy: socket.destroy,
    async ask(event, ...args) {
      const id = nextId++
      socket.send(`42${prefix}${id}${JSON.stringify([event, ...args])}`)
      const start = `43${prefix}${id}[`
      const packet = await Promise.race([socket.packets.find((text) => text.startsWith(start)), socket.closed, pause(2_000)])
      if (typeof packet !== 'string') return null
      return (JSON.parse(packet.slice(start.length - 1)) as unknown[])[0]
    },
  }
}
