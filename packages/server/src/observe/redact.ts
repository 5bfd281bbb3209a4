/**
 * The second net of OPS2: nobody means to log a token or a payload, and what gets into a log by mistake is taken out here.
 * Bounded, so that no object can make a log line long or slow.
 */
const bounds = { depth: 6, entries: 50, values: 500, textLength: 4_000, letters: 16_000 } as const

const secretKey = /token|secret|password|passwd|passphrase|authorization|cookie|credential|api[-_]?key|private[-_]?key|jwt/i
const payloadKey = /^(payload|data|json|body|args)$/i

const secretsInText: readonly (readonly [RegExp, string])[] = [
  // Every JWT begins with '{"' in base64.
  [/eyJ[\w-]{4,}[\w.~+/=-]*/g, '[redacted]'],
  [/\b(bearer)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/\/\/[^\s/:@]{0,200}:[^\s/@]{1,200}@/g, '//[redacted]@'],
  [/\b([\w-]{0,40}(?:token|secret|password|api_?key)[\w-]{0,40}["']?\s{0,3}[=:]\s{0,3}["']?)[^\s"'&;,}]+/gi, '$1[redacted]'],
]

export function redactedText(text: string): string {
  const short = text.length > bounds.textLength ? `${text.slice(0, bounds.textLength)}…` : text
  return secretsInText.reduce((left, [pattern, mend]) => left.replace(pattern, mend), short)
}

/** Runs `read` on something whose getters, proxies and methods may throw. */
function safely(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return '[unreadable]'
  }
}

/** Plain data that says what `value` says, less secrets and payloads. Never throws, never shares an object with `value`. */
export function redacted(value: unknown): unknown {
  let values: number = bounds.values
  let letters: number = bounds.letters

  function property(key: string, value: unknown, depth: number): unknown {
    if (payloadKey.test(key)) return '[left out]'
    // A number, a flag or nothing is no secret: `tokenExpiresAt` may be read.
    if (secretKey.test(key) && value !== null && (typeof value === 'string' || typeof value === 'object')) return '[redacted]'
    return copy(value, depth)
  }

  function object(source: object, keys: readonly string[], depth: number): Record<string, unknown> {
    // Without a prototype: a key such as `__proto__` is a key like any other.
    const target: Record<string, unknown> = Object.create(null)
    for (const key of keys.slice(0, bounds.entries)) target[text(key)] = safely(() => property(key, Reflect.get(source, key), depth))
    return target
  }

  function text(value: string): string {
    const short = redactedText(value)
    letters -= short.length
    return letters < 0 ? '[…]' : short
  }

  function copy(value: unknown, depth: number): unknown {
    if (values-- <= 0) return '[…]'
    switch (typeof value) {
      case 'string':
        return text(value)
      case 'number':
      case 'boolean':
      case 'undefined':
        return value
      case 'bigint':
        return String(value)
      case 'object':
        break
      default:
        return `[${typeof value}]`
    }
    if (value === null) return null
    if (depth >= bounds.depth) return '[…]'
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
    if (value instanceof Date) return value.toJSON()
    if (Array.isArray(value)) return value.slice(0, bounds.entries).map((each) => safely(() => copy(each, depth + 1)))
    const own = Object.keys(value)
    if (value instanceof Error) return object(value, ['name', 'message', 'code', 'stack', 'cause', 'errors', ...own], depth + 1)
    return object(value, own, depth + 1)
  }

  return safely(() => copy(value, 0))
}
