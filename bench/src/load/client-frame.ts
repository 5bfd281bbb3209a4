const maskBit = 0x80
const textFrame = 0x81

/** A client's text frame. Its mask is zero, which the protocol allows: the payload stays as it is. */
export function clientFrame(text: string): Buffer {
  const size = Buffer.byteLength(text)
  if (size > 65_535) throw new Error('the load generator sends nothing that long')
  const header = size < 126 ? 6 : 8
  const frame = Buffer.alloc(header + size)
  frame[0] = textFrame
  frame[1] = maskBit | Math.min(size, 126)
  if (size >= 126) frame.writeUInt16BE(size, 2)
  frame.write(text, header)
  return frame
}
