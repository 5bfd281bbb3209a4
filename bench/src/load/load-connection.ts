import { connect, type Socket } from 'node:net'
import { nowUs } from '../clock.ts'
import { timestampAt } from '../wire.ts'
import { clientFrame } from './client-frame.ts'
import { FrameReader } from './frame-reader.ts'
import type { Group } from './group.ts'

export interface LoadConnectionOptions {
  readonly port: number
  readonly group: Group
  /** The Socket.IO CONNECT payload; null for a bare WebSocket, which is ready once it is open. */
  readonly auth: object | null
  /** The server takes the connection for usable: assigned subscriptions are in place. */
  readonly onReady: (connection: LoadConnection) => void
  /** It was refused, or ended before it was ready. */
  readonly onFailed: (why: string) => void
  /** Other Socket.IO packets than publications, as text with Engine.IO's type. */
  readonly onPacket?: (packet: string, connection: LoadConnection) => void
}

const [digit0, digit9, letterS, message, event] = Buffer.from('09s42')
const [textOpcode, closeOpcode] = [1, 8]
const headEnd = Buffer.from('\r\n\r\n')
const pong = clientFrame('3')

// Every read of every connection goes here: each is looked at before the next one comes.
const readBuffer = Buffer.allocUnsafe(262_144)

/**
 * A client that is cheaper than the server: one read callback, and of a publication no more than its timestamp. One turn's reads share
 * nothing but the buffer.
 */
export class LoadConnection {
  readonly #options: LoadConnectionOptions
  readonly #socket: Socket
  readonly #reader: FrameReader
  #head: Buffer | null = Buffer.alloc(0)
  #state: 'opening' | 'ready' | 'ended' = 'opening'
  /** When the read that is being looked at came in. */
  #readAt = 0

  constructor(options: LoadConnectionOptions) {
    this.#options = options
    this.#reader = new FrameReader((opcode, bytes, start, end) => this.#frame(opcode, bytes, start, end))
    this.#socket = connect({
      port: options.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: readBuffer, callback: (size) => this.#read(size) },
    })
    const path = options.auth === null ? '/' : '/socket.io/?EIO=4&transport=websocket'
    // The key of RFC 6455's example: the loop in C knows its answer.
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    // What goes wrong is told by 'close', which follows.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#closed())
  }

  send(packet: string): void {
    this.#socket.write(clientFrame(packet))
  }

  /** Reads no more, as a browser in the background or behind a dead link does. */
  stall(): void {
    this.#socket.pause()
  }

  /** Ends at once, as a cut cable does; leaves no port in TIME_WAIT. */
  cut(): void {
    this.#state = 'ended'
    this.#socket.resetAndDestroy()
  }

  #read(size: number): boolean {
    this.#readAt = nowUs()
    if (this.#head === null) this.#reader.push(readBuffer, 0, size)
    else this.#readHead(size)
    return true
  }

  #readHead(size: number): void {
    const head = Buffer.concat([this.#head ?? Buffer.alloc(0), readBuffer.subarray(0, size)])
    const end = head.indexOf(headEnd)
    this.#head = head
    if (end < 0) return
    this.#head = null
    const status = head.toString('latin1', 0, head.indexOf('\r'))
    if (!status.includes(' 101 ')) this.#fail(status)
    else if (this.#options.auth === null) this.#ready()
    this.#reader.push(head, end + headEnd.length, head.length)
  }

  #frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    // Of all events only publications begin with an s.
    if (bytes[start + 4] === letterS && bytes[start + 1] === event && opcode === textOpcode) {
      let at = start + timestampAt
      let publishedAt = 0
      for (let digit = bytes[at] ?? 0; digit >= (digit0 ?? 0) && digit <= (digit9 ?? 0); digit = bytes[++at] ?? 0)
        publishedAt = publishedAt * 10 + digit - (digit0 ?? 0)
      this.#options.group.delivered(this.#readAt - publishedAt)
    } else if (opcode === textOpcode) this.#packet(bytes.toString('utf8', start, end), bytes[start] === message)
    else if (opcode === closeOpcode) this.#socket.destroy()
  }

  #packet(packet: string, isMessage: boolean): void {
    if (packet === '2') this.#socket.write(pong)
    else if (!isMessage) {
      if (packet.startsWith('0')) this.send(`40${JSON.stringify(this.#options.auth)}`)
    } else if (packet.startsWith('44')) this.#fail(packet)
    else if (this.#state === 'opening' && packet.startsWith('42')) this.#ready()
    this.#options.onPacket?.(packet, this)
  }

  #ready(): void {
    this.#state = 'ready'
    this.#options.onReady(this)
  }

  #fail(why: string): void {
    if (this.#state !== 'opening') return
    this.cut()
    this.#options.onFailed(why)
  }

  #closed(): void {
    if (this.#state === 'opening') this.#fail('the connection was closed')
    else if (this.#state === 'ready') this.#options.group.lost++
    this.#state = 'ended'
  }
}
