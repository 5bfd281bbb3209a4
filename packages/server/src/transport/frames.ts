import type { DeliveryClass } from '@millrace/contract'
import { PacketType } from 'socket.io-parser'
import * as ws from 'ws'
import type { Frame } from './port.ts'

// socket.io's own adapter uses `Sender.frame` to encode a broadcast once; @types/ws does not know it.
const { Sender } = ws as unknown as { readonly Sender: { frame(data: Buffer, options: object): Buffer[] } }

interface EngineOptions {
  readonly wsPreEncodedFrame: unknown
}

/** A Socket.IO packet as text, and as a WebSocket frame that all its readers share. */
export interface SocketFrame extends Frame {
  readonly text: string
  readonly options: EngineOptions
}

export interface FrameOptions {
  readonly delivery: DeliveryClass
  readonly conflateKey?: string
}

// What a frame costs in memory beside its text: the objects around it, and the frame's own header.
const overheadBytes = 64

function frameOf(text: string, { delivery, conflateKey }: FrameOptions): SocketFrame {
  const data = Buffer.from(`4${text}`)
  // One buffer instead of header and payload: one plain write per reader instead of a gathering one.
  const encoded = [Buffer.concat(Sender.frame(data, { opcode: 1, fin: true, mask: false, readOnly: true, rsv1: false }))]
  const base = { text, bytes: data.length + overheadBytes, delivery, options: { wsPreEncodedFrame: encoded } }
  return conflateKey === undefined ? base : { ...base, conflateKey }
}

function prefixOf(type: PacketType, namespace: string): string {
  return namespace === '/' ? `${type}` : `${type}${namespace},`
}

/** An event packet with one argument, given as JSON text. */
export function eventFrame(namespace: string, event: string, json: string, options: FrameOptions): SocketFrame {
  return frameOf(`${prefixOf(PacketType.EVENT, namespace)}[${JSON.stringify(event)},${json}]`, options)
}

/** The answer to a packet that asked for one. */
export function ackFrame(namespace: string, packetId: number, json: string): SocketFrame {
  return frameOf(`${prefixOf(PacketType.ACK, namespace)}${packetId}[${json}]`, { delivery: 'durable' })
}
