import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { within } from '../node/deadline.ts'

/** Where a server listens: a port of this machine, or a Unix socket. */
export type Place = { readonly port: number } | { readonly path: string }

export interface RawPeerOptions {
  readonly at: Place
  /** Sent with Socket.IO's CONNECT; null: that is never sent. */
  readonly auth: unknown
  /** @default true */
  readonly answersPings?: boolean
  /** How much one read takes from the kernel. @default 65536 */
  readonly readBytes?: number
  /** @default 'EIO=4&transport=websocket' */
  readonly query?: string
}

/**
 * A WebSocket by hand, without a library's manners: it reads when it is told to, and says what it is told to. What it has read is not kept.
 */
export interface RawPeer {
  readonly isOpen: boolean
  /** Resolves when the connection has ended. Where nothing is read the end is not noticed, as with any TCP connection. */
  readonly closed: Promise<void>
  /** So many bytes were read. */
  readonly bytesRead: number
  /** Writes frames. Resolves when the kernel has taken them, so that a flood does not fill our own memory. */
  write(...frames: readonly Uint8Array[]): Promise<void>
  stopReading(): void
  /** One more read, of `readBytes` at most. */
  readOnce(): void
  resumeReading(): void
  destroy(): void
}

const opcodes = { text: 1, binary: 2, ping: 9 } as const

/** A masked WebSocket frame; the mask is zero, which leaves the payload as it is. */
export function rawFrame(payload: string | Uint8Array, kind: keyof typeof opcodes = 'text'): Buffer {
  const data = Buffer.from(payload)
  const long = data.length > 65_535 ? 8 : data.length > 125 ? 2 : 0
  const frame = Buffer.alloc(2 + long + 4 + data.length)
  frame[0] = 0x80 | opcodes[kind]
  frame[1] = 0x80 | (long === 8 ? 127 : long === 2 ? 126 : data.length)
  if (long === 2) frame.writeUInt16BE(data.length, 2)
  if (long === 8) frame.writeBigUInt64BE(BigInt(data.length), 2)
  frame.set(data, frame.length - data.length)
  return frame
}

function handshake(query: string): string {
  const headers = [
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ]
  return [`GET /socket.io/?${query} HTTP/1.1`, ...headers, '', ''].join('\r\n')
}

// An Engine.IO ping as it comes over a WebSocket. The same bytes elsewhere only lead to one pong too many.
const enginePing = Buffer.from([0x81, 0x01, 0x32])
const enginePong = rawFrame('3')

/** Resolves when the server has taken the connection, and Socket.IO's CONNECT where there is one. */
export async function openRawPeer(options: RawPeerOptions): Promise<RawPeer> {
  const { at, auth, answersPings = true, readBytes = 65_536, query = 'EIO=4&transport=websocket' } = options
  let reading: 'all' | 'once' | 'nothing' = 'all'
  let bytesRead = 0
  let begun = ''
  let tail = Buffer.alloc(0)
  let hear: ((text: string) => void) | null = null

  const socket: Socket = connect({
    ...at,
    onread: {
      buffer: Buffer.alloc(readBytes),
      callback(count, buffer) {
        const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, count)
        bytesRead += count
        const seen = Buffer.concat([tail, chunk])
        tail = seen.subarray(1 - enginePing.length)
        if (answersPings && seen.includes(enginePing)) socket.write(enginePong)
        if (hear !== null) {
          begun += chunk.toString('latin1')
          hear(begun)
        }
        if (reading === 'once') reading = 'nothing'
        return reading === 'all'
      },
    },
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))

  const refused = closed.then(() => {
    throw new Error('the server ended the connection before it began')
  })
  refused.catch(() => {})
  /** Waits until what was read so far contains this. */
  function answer(part: string): Promise<void> {
    const come = new Promise<void>((resolve) => {
      hear = (text) => {
        if (text.includes(part)) resolve()
      }
      hear(begun)
    })
    return within(10_000, `the server's ${part}`, Promise.race([come, refused]))
  }
  socket.write(handshake(query))
  try {
    await answer(query.includes('sid=') ? '\r\n\r\n' : '0{"sid"')
    if (auth !== null) {
      socket.write(rawFrame(`40${JSON.stringify(auth)}`))
      await answer('40{"sid"')
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
  hear = null
  begun = ''

  return {
    get isOpen() {
      return !socket.destroyed
    },
    closed,
    get bytesRead() {
      return bytesRead
    },
    async write(...frames) {
      if (socket.destroyed || socket.write(Buffer.concat(frames))) return
      await Promise.race([new Promise<void>((resolve) => void socket.once('drain', resolve)), closed])
    },
    stopReading() {
      reading = 'nothing'
      socket.pause()
    },
    readOnce() {
      reading = 'once'
      socket.resume()
    },
    resumeReading() {
      reading = 'all'
      socket.resume()
    },
    destroy: () => void socket.destroy(),
  }
}
