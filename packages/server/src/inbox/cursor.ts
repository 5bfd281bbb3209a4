import { createHmac, timingSafeEqual } from 'node:crypto'
import { MillraceError } from '@millrace/contract'
import type { InboxFilter } from './port.ts'

/** What a cursor is good for: one user's list, under one filter. */
export interface CursorScope extends InboxFilter {
  readonly tenant: string
  readonly userId: string
}

export interface CursorCodec {
  encode(scope: CursorScope, seq: number): string
  /** Throws `invalid_payload` for a cursor that `encode` did not make for this scope. */
  decode(scope: CursorScope, cursor: string): number
}

const seqBytes = 6
const macBytes = 16

/** Cursors are places in a list, signed so that nobody makes up their own: base64url of the place and a shortened HMAC-SHA-256. */
export function cursorCodec(secret: string): CursorCodec {
  function sign({ tenant, userId, unread, type, document }: CursorScope, place: Buffer): Buffer {
    const scope = JSON.stringify([tenant, userId, unread ?? null, type ?? null, document ?? null])
    return createHmac('sha256', secret).update(place).update(scope).digest().subarray(0, macBytes)
  }
  return {
    encode(scope, seq) {
      const place = Buffer.alloc(seqBytes)
      place.writeUIntBE(seq, 0, seqBytes)
      return Buffer.concat([place, sign(scope, place)]).toString('base64url')
    },
    decode(scope, cursor) {
      const bytes = Buffer.from(cursor, 'base64url')
      const place = bytes.subarray(0, seqBytes)
      const mac = bytes.subarray(seqBytes)
      if (mac.length !== macBytes || !timingSafeEqual(mac, sign(scope, place)))
        throw new MillraceError('invalid_payload', 'the cursor belongs to another list: begin again without one', {
          faults: [{ path: 'cursor', message: 'is not a cursor of this list' }],
        })
      return place.readUIntBE(0, seqBytes)
    },
  }
}
