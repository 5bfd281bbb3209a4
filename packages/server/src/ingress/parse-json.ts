import { invalidPayload, type MillraceError } from '@millrace/contract'

const decoder = new TextDecoder('utf-8', { fatal: true })
const quote = 0x22
const backslash = 0x5c
const opening = new Set([0x5b, 0x7b])
const closing = new Set([0x5d, 0x7d])

/** How deep arrays and objects stand in each other, looked up before anything is built of them. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let index = 0; index < bytes.length; index++) {
    // Holds: the index is within the array.
    const byte = bytes[index] as number
    if (inText) {
      if (byte === backslash) index++
      else if (byte === quote) inText = false
    } else if (byte === quote) inText = true
    else if (opening.has(byte)) deepest = Math.max(deepest, ++depth)
    else if (closing.has(byte)) depth--
  }
  return deepest
}

function fault(what: string, message: string): MillraceError {
  return invalidPayload(what, [{ path: '', message }])
}

/** The JSON value of a message or body. Throws `invalid_payload` where it is none, is not UTF-8, or is nested deeper than `maxDepth`. */
export function parseJson(bytes: Uint8Array, what: string, maxDepth: number): unknown {
  if (depthOf(bytes) > maxDepth) throw fault(what, `is nested deeper than ${maxDepth}`)
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    throw fault(what, 'is not UTF-8')
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The parser's own message quotes what it choked on.
    throw fault(what, text.trim() === '' ? 'is empty: send JSON' : 'is not JSON')
  }
}
