/** PostgreSQL takes less than 8,000 bytes; what stands before a piece has 40 at most. */
export const pieceMaxBytes = 7_900
/** More than that is no message of ours. */
const piecesMax = 4_096
const head = /^1:([0-9a-z]{1,11}):(\d{1,4}):(\d{1,4}):/

/**
 * A message as the payloads of notifications, in order. `number` differs from message to message of one sender: of two equal payloads in
 * one transaction PostgreSQL sends one.
 */
export function piecesOf(text: string, number: number): readonly string[] {
  const texts = fits(text) ? [text] : cut(Buffer.from(text))
  return texts.map((piece, index) => `1:${number.toString(36)}:${index}:${texts.length}:${piece}`)
}

function fits(text: string): boolean {
  // A code unit has three bytes at most.
  return text.length * 3 <= pieceMaxBytes || (text.length <= pieceMaxBytes && Buffer.byteLength(text) <= pieceMaxBytes)
}

function cut(bytes: Buffer): readonly string[] {
  const texts: string[] = []
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + pieceMaxBytes)
    // Not in the middle of a character: its further bytes begin with the bits 10.
    while (to < bytes.length && ((bytes[to] ?? 0) & 0b1100_0000) === 0b1000_0000) to -= 1
    texts.push(bytes.toString('utf8', from, to))
    from = to
  }
  return texts
}

export type Piece =
  | { readonly kind: 'whole'; readonly text: string }
  /** More is to come; or the rest of a message that began before this node listened. */
  | { readonly kind: 'part' }
  | { readonly kind: 'foreign' }

interface Begun {
  readonly of: string
  readonly count: number
  readonly texts: string[]
}

/** Puts messages together. The pieces of one come one behind the other: they are of one transaction. */
export class PieceReader {
  #begun: Begun | null = null

  read(sender: number, payload: string): Piece {
    const found = head.exec(payload)
    if (found === null) return { kind: 'foreign' }
    const [start, number = '', index, total] = found
    const count = Number(total)
    const text = payload.slice(start.length)
    if (count === 1 && index === '0') return { kind: 'whole', text }
    if (count < 2 || count > piecesMax || Number(index) >= count) return { kind: 'foreign' }
    return this.#add({ of: `${sender}:${number}`, count, index: Number(index), text })
  }

  #add({ of, count, index, text }: { readonly of: string; readonly count: number; readonly index: number; readonly text: string }): Piece {
    if (index === 0) this.#begun = { of, count, texts: [] }
    const begun = this.#begun
    if (begun === null || begun.of !== of || begun.count !== count || begun.texts.length !== index) {
      this.#begun = null
      return { kind: 'part' }
    }
    begun.texts.push(text)
    if (begun.texts.length < count) return { kind: 'part' }
    this.#begun = null
    return { kind: 'whole', text: begun.texts.join('') }
  }
}
