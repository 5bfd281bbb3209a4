import { describe, expect, it } from 'vitest'
import { PieceReader, pieceMaxBytes, piecesOf } from './postgres-pieces.ts'

/** What PostgreSQL takes in a notification. */
const payloadMaxBytes = 7_999

function whole(pieces: readonly string[]): string | undefined {
  const reader = new PieceReader()
  const read = pieces.map((piece) => reader.read(1, piece))
  const last = read.at(-1)
  expect(read.slice(0, -1).every(({ kind }) => kind === 'part')).toBe(true)
  return last?.kind === 'whole' ? last.text : undefined
}

describe('messages in notifications', () => {
  it('[DLV1] come out as they went in, whatever their length and characters', () => {
    for (const character of ['a', 'é', '漢', '😀', 'a😀é']) {
      for (const bytes of [
        0,
        1,
        pieceMaxBytes / 2,
        pieceMaxBytes - 1,
        pieceMaxBytes,
        pieceMaxBytes + 1,
        3 * pieceMaxBytes + 7,
        1_048_576,
      ]) {
        const text = character.repeat(Math.ceil(bytes / Buffer.byteLength(character)))
        const pieces = piecesOf(text, Number.MAX_SAFE_INTEGER)
        expect(whole(pieces)).toBe(text)
        for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(payloadMaxBytes)
      }
    }
  })

  it('[DLV5] take one notification up to 7,900 bytes', () => {
    expect(piecesOf('a'.repeat(pieceMaxBytes), 1)).toHaveLength(1)
    expect(piecesOf('漢'.repeat(Math.floor(pieceMaxBytes / 3)), 1)).toHaveLength(1)
    expect(piecesOf('a'.repeat(pieceMaxBytes + 1), 1)).toHaveLength(2)
  })

  it('[DLV1] are different payloads even where they are the same message', () => {
    expect(piecesOf('same', 1)).not.toEqual(piecesOf('same', 2))
  })

  it('[DLV1] are dropped where their beginning was before this node listened, or a piece is missing', () => {
    const [first = '', second = '', third = ''] = piecesOf('a'.repeat(3 * pieceMaxBytes), 7)
    const reader = new PieceReader()
    expect([second, third].map((piece) => reader.read(1, piece).kind)).toEqual(['part', 'part'])
    expect([first, third, second].map((piece) => reader.read(1, piece).kind)).toEqual(['part', 'part', 'part'])
    // Of another sender, with the same number.
    expect([reader.read(1, first).kind, reader.read(2, second).kind, reader.read(2, third).kind]).toEqual(['part', 'part', 'part'])
    expect([first, second, third].map((piece) => reader.read(1, piece).kind)).toEqual(['part', 'part', 'whole'])
  })

  it('[BP4] are told from what others notify', () => {
    const reader = new PieceReader()
    for (const payload of [
      '',
      'hello',
      '1:',
      '2:a:0:1:text',
      '1:a:1:1:text',
      '1:a:0:0:text',
      '1:a:0:9999:text',
      '1:a:3:2:text',
      '1:a:-1:2:text',
    ])
      expect(reader.read(1, payload)).toEqual({ kind: 'foreign' })
  })
})
