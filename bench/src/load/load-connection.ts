import { connect, type Socket } from 'node:net'
import { nowUs } from '../clock.ts'
import { timestampAt } from '../wire.ts'
import { clientFrame } from './client-frame.ts'
import { FrameReader } from './frame-reader.ts'
import type { Group } from './group.ts'

export interface LoadConnectionOptions {
  readonly port: number
  readonly group: Group
  readonly hello: Hello
  readonly onReady: () => void
  /** It was refused, or ended before it was ready. */
  readonly onFailed: (why: string) => void
  /** Calls `ready` when the connection is. @default with the server's first event: assigned subscriptions are in place */
  readonly onPacket?: OnPacket | undefined
}

/** How a client begins: with the payload of Socket.IO's CONNECT, or with a path and nothing above the WebSocket, which is ready once it is open. */
export type Hello = { readonly auth: object } | { readonly path: string }

/** Gets each Socket.IO packet that is no publication, as text with Engine.IO's type. */
export type OnPacket = (packet: string, connection: LoadConnection) => void

const readyByEvent: OnPacket = (packet, connection) => {
  if (packet.startsWith('42')) connection.ready()
}

const [digit0, digit9, letterS, message, event] = Buffer.from('09s42')
const [textOpcode, closeOpcode] = [1, 8]
const headEnd = Buffer.from('\r\n\r\n')
const pong = clientFrame('3')

// Every read of every connection goes here: each is looked at before the next one comes.
const readBuffer = Buffer.allocUnsafe(262_144)

/**
 * A client that is cheaper than a server: reads allocate nothing, and of a publication only the timestamp is looked at, by its place.
 */
export class LoadConnection {
  onPacket: OnPacket
  readonly #options: LoadConnectionOptions
  readonly #socket: Socket
  readonly #reader: FrameReader
  #head: Buffer | null = Buffer.alloc(0)
  #state: 'opening' | 'ready' | 'ended' = 'opening'
  /** When the read that is being looked at came in. */
  #readAt = 0

  constructor(options: LoadConnectionOptions) {
    this.#options = options
    this.onPacket = options.onPacket ?? readyByEvent
    this.#reader = new FrameReader((opcode, bytes, start, end) => this.#frame(opcode, bytes, start, end))
    this.#socket = connect({
      port: options.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: readBuffer, callback: (size) => this.#read(size) },
    })
    const path = 'path' in options.hello ? options.hello.path : '/socket.io/?EIO=4&transport=websocket'
    // The key of RFC 6455's example: the loop in C knows its answer.
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    // What goes wrong is told by 'close', which follows.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#closed())
  }

  /** Sends what `clientFrame` has made. */
  write(frame: Buffer): void {
    this.#socket.write(frame)
  }

  ready(): void {
    if (this.#state !== 'opening') return
    this.#state = 'ready'
    this.#options.onReady()
  }

  /** Gives it up before it is ready. */
  fail(why: string): void {
    if (this.#state !== 'opening') return
    this.cut()
    this.#options.onFailed(why)
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
    if (!status.includes(' 101 ')) this.fail(status)
    else if ('path' in this.#options.hello) this.ready()
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
    const { hello } = this.#options
    if (packet === '2') this.write(pong)
    else if (packet.startsWith('44')) this.fail(packet)
    else if (isMessage) this.onPacket(packet, this)
    else if (packet.startsWith('0') && 'auth' in hello) this.write(clientFrame(`40${JSON.stringify(hello.auth)}`))
  }

  #closed(): void {
    if (this.#state === 'opening') this.fail('the connection was closed')
    else if (this.#state === 'ready') this.#options.group.lost++
    this.#state = 'ended'
  }
}
