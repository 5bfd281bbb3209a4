import { z } from 'zod'
import { nameText, publicationFields } from '../publication.ts'

export const batchMax = 100
const recipientsMax = 1_000
const plainText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[^\0\p{Cs}]*$/u, 'must be text without NUL and without halves of characters')

const tenant = nameText(256).optional().describe('The tenant. May be left out where the API key has one only')

export const userId = nameText(256).describe("The user's id, as tokens name it")
export const channelName = publicationFields.channel

const publication = z.strictObject({
  tenant,
  ...publicationFields,
  idempotencyKey: nameText(200)
    .optional()
    .describe('Durable events: seen again in the same channel within 7 days, nothing is stored or sent, and the answer is the first one'),
})
const batch = z.strictObject({ batch: z.array(publication).min(1).max(batchMax) })
export type PublicationBody = z.infer<typeof publication>

export const publishBody = z.union([publication, batch])

export const notifyBody = z.strictObject({
  tenant,
  to: z
    .union([
      z.strictObject({ user: userId }),
      z.strictObject({ users: z.array(userId).min(1).max(recipientsMax) }),
      z.strictObject({ role: nameText(128) }),
      z.strictObject({ channel: channelName }),
      z.strictObject({ everyone: z.literal(true) }),
    ])
    .describe('Who gets it: one stored notification per recipient'),
  type: nameText(64),
  title: plainText(500),
  message: plainText(10_000),
  data: z.unknown().optional(),
  document: nameText(256).optional().describe('What it is about, such as purchase/42'),
  dedupeKey: nameText(200).optional().describe('Stored once per recipient, whichever key or program sends it'),
})

export const sendBody = z.strictObject({
  tenant,
  event: nameText(128).describe("One of the contract's direct events"),
  data: z.unknown(),
  namespace: nameText(128).optional().describe('Only to connections of this Socket.IO namespace'),
})
export const revokeBody = z.strictObject({ tenant, sessionId: nameText(256).optional().describe('Only the connections of this session') })
export const reauthorizeBody = z.strictObject({ tenant })

export const tenantQuery = z.strictObject({ tenant })
export const inboxQuery = z.strictObject({
  tenant,
  cursor: nameText(512).optional().describe('Of the page before'),
  limit: z
    .string()
    .regex(/^([1-9]\d?|1\d\d|200)$/, 'must be a whole number from 1 to 200')
    .optional(),
  unread: z.enum(['true', 'false']).optional(),
  type: nameText(64).optional(),
  document: nameText(256).optional(),
})

const position = z.object({ epoch: z.string(), offset: z.int() })
const published = z.object({
  id: z.string(),
  position: position.nullable().describe('Durable events: where it landed'),
})
export const problemBody = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  retry: z.boolean().describe('Whether the same request may succeed later'),
  faults: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  retryAfterMs: z.number().optional(),
  reference: z.string().optional(),
})
const batchAnswer = z.object({
  results: z.array(z.union([published.extend({ status: z.literal(200) }), problemBody])).describe('One for each, in the order asked'),
})
export const publishAnswer = z.union([published, batchAnswer])
export const notifyAnswer = z.object({ id: z.string(), recipients: z.int().describe('How many inboxes it was stored in') })
export const presenceAnswer = z.object({
  members: z.array(
    z.object({
      userId: z.string(),
      name: z.string().optional(),
      state: z.unknown(),
      connections: z.int(),
      joinedAt: z.number().describe('Milliseconds since 1970'),
    }),
  ),
})
export const inboxAnswer = z.object({
  notifications: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      title: z.string(),
      message: z.string(),
      data: z.unknown().optional(),
      document: z.string().optional(),
      createdAt: z.number(),
      readAt: z.number().nullable(),
    }),
  ),
  cursor: z.string().nullable().describe('Where the next page begins; null at the end'),
  unread: z.int(),
  revision: z.int(),
})
