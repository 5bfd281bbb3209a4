import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser'

/** Marks, as the last argument of an event, that the client waits for an answer to this packet. No client can send one: it is no JSON. */
export class AckRequest {
  readonly packetId: number

  constructor(packetId: number) {
    this.packetId = packetId
  }
}

function markAck(packet: Packet): void {
  // A binary event is an event, too, once its attachments are there.
  if (packet.type !== PacketType.EVENT || packet.id === undefined) return
  packet.data.push(new AckRequest(packet.id))
  delete packet.id
}

/**
 * Socket.IO's own parser, except that acks are left to us: Socket.IO would write them past the outbound queue,
 * out of order and out of its bound.
 */
class AckDecoder extends Decoder {
  constructor() {
    super()
    // Listeners run in the order they were added: this one sees each packet before Socket.IO does.
    this.on('decoded', markAck)
  }
}

export const parser = { Encoder, Decoder: AckDecoder }
