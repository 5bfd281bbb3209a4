import { type Packet, PacketType } from 'socket.io-parser'
import { describe, expect, it } from 'vitest'
import { AckRequest, parser } from './parser.ts'

function subject() {
  const decoder = new parser.Decoder()
  const packets: Packet[] = []
  decoder.on('decoded', (packet: Packet) => packets.push(packet))
  return { decoder, packets }
}

it('[DLV4] hands an event that waits for an ack on as an event with a request for it', () => {
  const { decoder, packets } = subject()
  decoder.add('27["buy",{"kg":1}]')
  decoder.add('2["buy",{"kg":1}]')
  expect(packets).toEqual([
    { type: PacketType.EVENT, nsp: '/', data: ['buy', { kg: 1 }, new AckRequest(7)] },
    { type: PacketType.EVENT, nsp: '/', data: ['buy', { kg: 1 }] },
  ])
})

describe('packets that nobody asked for', () => {
  it.each<[string, string]>([
    ['answers', '37[1]'],
    ['answers with attachments', '61-7[{"_placeholder":true,"num":0}]'],
    ['attempts to connect', '0{"token":"x"}'],
    ['attempts to connect to other namespaces', '0/admin,{}'],
    ['refusals', '4{"message":"no"}'],
  ])('[BP4] end the connection when there are more than a hundred: %s', (_, text) => {
    const { decoder, packets } = subject()
    const add = (): void => {
      decoder.add(text)
      if (text.startsWith('6')) decoder.add(Buffer.from('x'))
    }
    for (let count = 0; count < 100; count++) add()
    expect(packets).toHaveLength(100)
    expect(add).toThrow('nobody asked for')
  })

  it('[BP4] are none where a namespace was left again, however often, and events never are', () => {
    const { decoder, packets } = subject()
    for (let count = 0; count < 1_000; count++) for (const text of ['0/admin,{}', '2["echo",1]', '1/admin,']) decoder.add(text)
    expect(packets).toHaveLength(3_000)
  })
})
