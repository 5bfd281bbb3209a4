import { MillraceError } from '@millrace/contract'

/** Throws `payload_too_large` for JSON text of more than `maxBytes` in UTF-8 (LOG7). */
export function assertPayloadFits(json: string, maxBytes: number): void {
  // A UTF-16 unit is at most three bytes long: most payloads need no counting.
  if (json.length * 3 <= maxBytes) return
  const bytes = Buffer.byteLength(json)
  if (bytes > maxBytes)
    throw new MillraceError(
      'payload_too_large',
      `the payload has ${bytes} bytes; ${maxBytes} is the store's limit: send less, or a reference to it`,
    )
}
