import { z } from 'zod'

/** Text that names something. PostgreSQL keeps no NUL, and half a surrogate pair is no character. */
export function nameText(maxLength: number) {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\0\p{Cs}]+$/u, 'must be text without NUL and without halves of characters')
}

/** What other programs say when they publish: over HTTP and over RabbitMQ alike. */
export const publicationFields = {
  channel: nameText(256).describe("The channel's name, as the contract's pattern makes it: mill:7"),
  event: nameText(128).describe("One of the channel's events"),
  data: z.unknown().describe("The event's payload, as the contract has it"),
  actor: z
    .strictObject({ id: nameText(256), name: nameText(256).optional() })
    .optional()
    .describe('Who caused it, as shown to its readers'),
} as const
