/** Every byte that one side received, and whether a secret was among them. */
export interface Wiretap {
  readonly bytes: number
  add(chunk: Uint8Array | string): void
  /** The secrets that have come by, however they were cut into chunks. */
  readonly found: readonly string[]
}

/** Secrets are plain ASCII without anything that JSON or a URL would escape. */
export function wiretap(secrets: readonly string[]): Wiretap {
  const longest = Math.max(...secrets.map((secret) => secret.length))
  const found = new Set<string>()
  let bytes = 0
  let tail = ''
  return {
    get bytes() {
      return bytes
    },
    add(chunk) {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')
      bytes += text.length
      const seen = tail + text
      for (const secret of secrets) if (seen.includes(secret)) found.add(secret)
      tail = seen.slice(-longest)
    },
    get found() {
      return [...found]
    },
  }
}
