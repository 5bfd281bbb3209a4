import { z } from 'zod'
import { jsonValue as json } from './json-value.ts'

/**
 * What the SDK and the server say to each other, as data. Version rules: a field or message may be added within a version,
 * and each side ignores what it does not know (CON4); a change of meaning or a removal raises `wireVersion`.
 */

const channel = z.string().min(1).max(256)
const position = z.object({ epoch: z.string().min(1).max(64), offset: z.int().min(0) })

/** The Socket.IO `auth` of an SDK connection. Stock clients send `token` alone. */
export const hello = z.object({ version: z.int().positive(), session: z.string().min(1).max(64) })

export const subscribe = z.object({
  channel,
  /** The last publication that the client has. Absent: from now on. */
  position: position.optional(),
  /** Join the channel's presence, with this state where the contract asks for one. */
  presence: z.object({ state: json.optional() }).optional(),
})
export const unsubscribe = z.object({ channel })
export const refresh = z.object({ token: z.string().min(1).max(16_384) })
export const typing = z.object({ channel, active: z.boolean(), detail: z.record(z.string().max(64), json).optional() })
export const presenceUpdate = z.object({ channel, state: json })

const ids = z.array(z.string().min(1).max(64)).min(1).max(200)
export const inboxList = z.object({
  cursor: z.string().min(1).max(512).optional(),
  limit: z.int().min(1).max(200).optional(),
  unread: z.boolean().optional(),
  type: z.string().min(1).max(64).optional(),
  document: z.string().min(1).max(256).optional(),
})
export const inboxMark = z.object({ ids: z.union([ids, z.literal('all')]), read: z.boolean() })
export const inboxDelete = z.object({ ids })
export const inboxCount = z.object({})
