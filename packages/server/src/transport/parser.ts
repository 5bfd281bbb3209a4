import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser'

/** Marks, as the last argument of an event, that the client waits for an answer to this packet. No client can send one: it is no JSON. */
export class AckRequest {
  readonly packetId: number

  constructor(packetId: number) {
    this.packetId = packetId
  }
}

// Answers, although nothing is asked here that a client could answer, and namespaces that were joined and not left: nobody has a reason for more.
const straysMax = 100

function onDecoded(this: ClientDecoder, packet: Packet): void {
  switch (packet.type) {
    // A binary event is an event, too, once its attachments are there.
    case PacketType.EVENT:
      if (packet.id === undefined) return
      packet.data.push(new AckRequest(packet.id))
      delete packet.id
      return
    case PacketType.DISCONNECT:
      this.strays = Math.max(0, this.strays - 1)
      return
    default:
      // Each costs a socket or a look-up, and is answered past the limits on messages. Socket.IO closes the connection.
      if (++this.strays > straysMax) throw new Error('too many packets that nobody asked for')
  }
}

/**
 * Socket.IO's own parser, except that acks are left to us: Socket.IO would write them past the outbound queue,
 * out of order and out of its bound.
 */
class ClientDecoder extends Decoder {
  strays = 0

  constructor() {
    super()
    // Listeners run in the order they were added: this one sees each packet before Socket.IO does.
    this.on('decoded', onDecoded)
  }
}

export const parser = { Encoder, Decoder: ClientDecoder }
