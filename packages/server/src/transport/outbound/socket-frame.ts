import { constants, deflateRawSync } from 'node:zlib'
import type { DeliveryClass } from '@millrace/contract'
import { PacketType } from 'socket.io-parser'
import * as ws from 'ws'
import type { Frame } from '../port.ts'
import type { Lane } from './lane.ts'

// socket.io's own adapter uses `Sender.frame` to encode a broadcast once; @types/ws does not know it.
const { Sender } = ws as unknown as { readonly Sender: { frame(data: Buffer, options: object): Buffer[] } }

const opcodes = { text: 1, binary: 2, pong: 10 } as const

/** Below this, compressing costs more than it saves. */
const deflateFromBytes = 1_024
// RFC 7692, 7.2.1: what every sync flush ends with is left out.
const tailBytes = 4

// What a frame costs in memory beside its payload: the objects around it, and the frame's own header.
const overheadBytes = 64

export interface FrameOptions {
  readonly kind?: keyof typeof opcodes
  readonly delivery: DeliveryClass
  readonly lane: Lane
  readonly conflateKey?: string | undefined
}

/** One WebSocket message, encoded once for all its readers: plain, and compressed where a reader has agreed to that. */
export class SocketFrame implements Frame {
  readonly bytes: number
  readonly delivery: DeliveryClass
  readonly lane: Lane
  readonly conflateKey: string | undefined
  readonly #payload: string | Buffer
  readonly #opcode: number
  #plain: Buffer | null = null
  #deflated: Buffer | null = null

  /** `payload`: an Engine.IO packet, or a pong's data. */
  constructor(payload: string | Buffer, { kind = 'text', delivery, lane, conflateKey }: FrameOptions) {
    this.#payload = payload
    this.#opcode = opcodes[kind]
    this.bytes = Buffer.byteLength(payload) + overheadBytes
    this.delivery = delivery
    this.lane = lane
    this.conflateKey = conflateKey
  }

  /** The Socket.IO packet, for transports that frame it themselves. */
  get text(): string {
    return this.#payload.toString().slice(1)
  }

  /** The bytes that a WebSocket carries. */
  encoded(deflated: boolean): Buffer {
    if (!deflated) {
      this.#plain ??= this.#encode(Buffer.from(this.#payload), false)
      return this.#plain
    }
    this.#deflated ??= this.#deflate()
    return this.#deflated
  }

  #encode(data: Buffer, rsv1: boolean): Buffer {
    // One buffer instead of header and payload: one plain write per reader instead of a gathering one.
    return Buffer.concat(Sender.frame(data, { opcode: this.#opcode, fin: true, mask: false, readOnly: true, rsv1 }))
  }

  #deflate(): Buffer {
    const data = Buffer.from(this.#payload)
    if (data.length < deflateFromBytes || this.#opcode === opcodes.pong) return this.encoded(false)
    const deflated = deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH })
    return this.#encode(deflated.subarray(0, deflated.length - tailBytes), true)
  }
}

function prefixOf(type: PacketType, namespace: string): string {
  return namespace === '/' ? `4${type}` : `4${type}${namespace},`
}

/** An event packet with one argument, given as JSON text; with none where that is empty. */
export function eventFrame(namespace: string, event: string, json: string, options: FrameOptions): SocketFrame {
  return new SocketFrame(`${prefixOf(PacketType.EVENT, namespace)}[${JSON.stringify(event)}${json === '' ? '' : `,${json}`}]`, options)
}

/** The answer to a packet that asked for one. */
export function ackFrame(namespace: string, packetId: number, json: string, lane: Lane): SocketFrame {
  return new SocketFrame(`${prefixOf(PacketType.ACK, namespace)}${packetId}[${json}]`, { delivery: 'durable', lane })
}
