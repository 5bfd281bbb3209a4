/** Gets each whole frame: the payload is `bytes[start..end)`, good until it returns. */
export type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void

const finalFragment = 0x80
const smallestPart = 256

/** How long a frame's header is, by its second byte. */
function headerBytes(second: number): number {
  if (second < 126) return 2
  if (second === 126) return 4
  if (second === 127) return 10
  throw new Error('a frame with a mask: servers send none')
}

/** How many bytes the frame at `at` has, as far as its first `have` bytes tell: more than `have` until the header is there. */
function neededBytes(bytes: Buffer, at: number, have: number): number {
  if (have < 2) return 2
  const short = bytes[at + 1] ?? 0
  const header = headerBytes(short)
  if (have < header || short < 126) return short < 126 ? header + short : header
  return short === 126
    ? header + bytes.readUInt16BE(at + 2)
    : header + bytes.readUInt32BE(at + 2) * 4_294_967_296 + bytes.readUInt32BE(at + 6)
}

/** Finds the WebSocket frames in what a server sends, however it is cut into reads. Looks at headers alone. */
export class FrameReader {
  readonly #onFrame: OnFrame
  /** A frame that has come in part: its first `#have` bytes. */
  #part: Buffer | null = null
  #have = 0

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame
  }

  /** Takes `bytes[at..end)`, and keeps nothing of it but the beginning of a frame that is cut. */
  push(bytes: Buffer, at: number, end: number): void {
    while (at < end) {
      const size = this.#have === 0 ? neededBytes(bytes, at, end - at) : Number.POSITIVE_INFINITY
      if (size <= end - at) {
        this.#emit(bytes, at, size)
        at += size
      } else at = this.#fill(bytes, at, end)
    }
  }

  /** Adds what still belongs to the frame that is cut; answers where the next one begins. */
  #fill(bytes: Buffer, at: number, end: number): number {
    let part = this.#part ?? Buffer.allocUnsafe(smallestPart)
    for (;;) {
      const size = neededBytes(part, 0, this.#have)
      if (size === this.#have) break
      if (at === end) {
        this.#part = part
        return at
      }
      if (size > part.length) part = Buffer.concat([part.subarray(0, this.#have)], size)
      const until = Math.min(end, at + size - this.#have)
      this.#have += bytes.copy(part, this.#have, at, until)
      at = until
    }
    const size = this.#have
    this.#part = null
    this.#have = 0
    this.#emit(part, 0, size)
    return at
  }

  #emit(bytes: Buffer, at: number, size: number): void {
    const first = bytes[at] ?? 0
    if ((first & finalFragment) === 0) throw new Error('a message in several frames: the servers here send none')
    this.#onFrame(first & 0x0f, bytes, at + headerBytes(bytes[at + 1] ?? 0), at + size)
  }
}
