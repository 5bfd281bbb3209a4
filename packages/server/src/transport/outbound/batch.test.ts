import { constants, inflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { Batch } from './batch.ts'
import type { Lane } from './lane.ts'
import { eventFrame, SocketFrame } from './socket-frame.ts'

const lane: Lane = { name: 'direct', maxBytes: 1_000_000, highWaterBytes: 1_000_000, volatile: 'drop-newest' }
const frame = (text: string) => eventFrame('/', 'said', JSON.stringify(text), { delivery: 'durable', lane })

/** The payloads of unmasked frames, with their first byte. */
function frames(bytes: Buffer): { readonly head: number; readonly payload: Buffer }[] {
  const found: { head: number; payload: Buffer }[] = []
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt8(at + 1)
    const [size, start] =
      short < 126 ? [short, 2] : short === 126 ? [bytes.readUInt16BE(at + 2), 4] : [Number(bytes.readBigUInt64BE(at + 2)), 10]
    found.push({ head: bytes.readUInt8(at), payload: bytes.subarray(at + start, at + start + size) })
    at += start + size
  }
  return found
}

it('[DLV4] joins frames in their order, of every size', () => {
  const texts = ['a', 'b'.repeat(200), 'c'.repeat(70_000), 'ü€']
  let batch = Batch.empty()
  for (const text of texts) batch = batch.with(frame(text))
  expect(frames(batch.encoded(false)).map(({ payload }) => payload.toString())).toEqual(
    texts.map((text) => `42["said",${JSON.stringify(text)}]`),
  )
})

it('makes one batch and one buffer for all readers that are due the same', () => {
  const [a, b, c] = [frame('a'), frame('b'), frame('c')]
  const start = Batch.empty()
  const readers = Array.from({ length: 3 }, () => start.with(a).with(b))
  expect(new Set(readers).size).toBe(1)
  expect(new Set(readers.map((batch) => batch.encoded(false))).size).toBe(1)
  const other = start.with(a).with(c)
  expect(frames(other.encoded(false)).map(({ payload }) => payload.toString())).toEqual(['42["said","a"]', '42["said","c"]'])
  expect(
    frames(readers[0]?.encoded(false) ?? Buffer.alloc(0))
      .at(-1)
      ?.payload.toString(),
  ).toBe('42["said","b"]')
})

it('sends a single frame as it is, without a copy', () => {
  const only = frame('a')
  expect(Batch.empty().with(only).encoded(false)).toBe(only.encoded(false))
})

it('compresses what is worth it, once, so that any reader can inflate it by itself', () => {
  const [small, large] = [frame('a'), frame('b'.repeat(5_000))]
  const batch = Batch.empty().with(small).with(large).with(large)
  const [first, second, third] = frames(batch.encoded(true))
  expect(first).toEqual({ head: 0x81, payload: Buffer.from('42["said","a"]') })
  expect(second?.head).toBe(0xc1)
  expect(second?.payload.length).toBeLessThan(100)
  for (const each of [second, third])
    expect(
      inflateRawSync(Buffer.concat([each?.payload ?? Buffer.alloc(0), Buffer.from([0, 0, 0xff, 0xff])]), {
        finishFlush: constants.Z_SYNC_FLUSH,
      }).toString(),
    ).toBe(`42["said","${'b'.repeat(5_000)}"]`)
})

it('frames binary messages and pongs as what they are', () => {
  const binary = new SocketFrame(Buffer.from([1, 2]), { kind: 'binary', delivery: 'durable', lane })
  const pong = new SocketFrame(Buffer.from('x'), { kind: 'pong', delivery: 'volatile', lane })
  expect(frames(Batch.empty().with(binary).with(pong).encoded(true))).toEqual([
    { head: 0x82, payload: Buffer.from([1, 2]) },
    { head: 0x8a, payload: Buffer.from('x') },
  ])
})
