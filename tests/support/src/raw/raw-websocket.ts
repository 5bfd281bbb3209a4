import WebSocket from 'ws'
import { type Recorder, recorder } from '../recorder.ts'

export interface RawWebSocket {
  readonly packets: Recorder<string>
  readonly isOpen: boolean
  /** A text or a binary message, as it is: Engine.IO and Socket.IO are the caller's business. */
  send(message: string | Uint8Array): void
  /** Bytes on the TCP connection, past the WebSocket protocol. */
  sendBytes(bytes: Uint8Array): void
  /** Reads no more, so that TCP stops the sender. Pings are not answered then. */
  pauseReading(): void
  resumeReading(): void
  readonly closed: Promise<void>
  destroy(): void
}

export interface RawWebSocketOptions {
  readonly url: string
  /** What was received: headers, bodies and messages. */
  readonly onBytes?: (bytes: Uint8Array | string) => void
  readonly query?: string
}

/** A WebSocket to Engine.IO that answers pings and nothing else. */
export async function openRawWebSocket(options: RawWebSocketOptions): Promise<RawWebSocket> {
  const { url, onBytes = () => {}, query = 'EIO=4&transport=websocket' } = options
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?${query}`, { perMessageDeflate: false, maxPayload: 0 })
  const packets = recorder<string>()
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
  socket.on('upgrade', ({ headers }) => onBytes(JSON.stringify(headers)))
  socket.on('unexpected-response', (_, response) => {
    response.on('data', onBytes)
    response.on('end', () => socket.terminate())
  })
  socket.on('message', (data, binary) => {
    const text = binary ? `b${String(data)}` : String(data)
    onBytes(text)
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
    resumeReading: () => socket.resume(),
    closed,
    destroy: () => socket.terminate(),
  }
}
