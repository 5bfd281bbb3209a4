import { expect, it } from 'vitest'
import { FrameReader } from './frame-reader.ts'

/** A frame as a server sends it. */
function frame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text)
  const size = payload.length
  const header =
    size < 126
      ? Buffer.from([0x80 | opcode, size])
      : size < 65_536
        ? Buffer.from([0x80 | opcode, 126, size >> 8, size & 0xff])
        : Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 0xff, (size >> 8) & 0xff, size & 0xff])
  return Buffer.concat([header, payload])
}

function read(pieces: readonly Buffer[]): string[] {
  const found: string[] = []
  const reader = new FrameReader((opcode, bytes, start, end) => found.push(`${opcode}:${bytes.toString('utf8', start, end)}`))
  // As sockets do it: one buffer for every read.
  const shared = Buffer.alloc(100_000)
  for (const piece of pieces) {
    piece.copy(shared, 7)
    reader.push(shared, 7, 7 + piece.length)
    shared.fill(0)
  }
  return found
}

const texts = ['2', '', 'a'.repeat(125), 'b'.repeat(126), 'c'.repeat(300), 'd']
const stream = Buffer.concat(texts.map((text) => frame(text)))
const expected = texts.map((text) => `1:${text}`)

it('finds frames of each header length in one read', () => {
  expect(read([stream])).toEqual(expected)
  expect(read([Buffer.concat([frame('e'.repeat(70_000)), frame('f', 9)])])).toEqual([`1:${'e'.repeat(70_000)}`, '9:f'])
})

it('finds the same however the stream is cut in two', () => {
  for (let cut = 0; cut <= stream.length; cut++) expect(read([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected)
})

it('finds the same in single bytes, and in pieces of every size', () => {
  const large = Buffer.concat([frame('e'.repeat(70_000)), stream])
  for (const size of [1, 2, 3, 5, 127, 128, 129, 65_536]) {
    const pieces = Array.from({ length: Math.ceil(large.length / size) }, (_, index) => large.subarray(index * size, (index + 1) * size))
    expect(read(pieces)).toEqual([`1:${'e'.repeat(70_000)}`, ...expected])
  }
})

it('refuses what no server of the benchmark sends', () => {
  expect(() => read([Buffer.from([0x81, 0x81, 0, 0, 0, 0, 65])])).toThrow('mask')
  expect(() => read([Buffer.from([0x01, 1, 65])])).toThrow('several frames')
})
