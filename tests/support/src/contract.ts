import { channel, defineContract, event, request } from '@millrace/contract'
import { z } from 'zod'

const Purchase = z.object({ id: z.string(), kg: z.number(), note: z.string().optional() })
const Note = z.object({ text: z.string() })
const Typing = z.object({ user: z.object({ id: z.string(), name: z.string().optional() }) })

/** What the tests that cross packages talk about: small, and with one of everything. */
export const testContract = defineContract({
  title: 'Test yard',
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(Purchase),
        'dashboard:stats': event(z.object({ key: z.string(), value: z.string() }), { delivery: 'retained', key: ({ key }) => key }),
        'scale:moved': event(z.object({ kg: z.number(), pad: z.string().optional() }), { delivery: 'volatile' }),
        'activity:typing': event(Typing, { delivery: 'volatile' }),
        'activity:stop-typing': event(Typing, { delivery: 'volatile' }),
      },
      presence: z.object({ status: z.string() }),
      typing: { start: 'activity:typing', stop: 'activity:stop-typing' },
    }),
    user: channel('user:{userId}', { events: { note: event(Note) } }),
    /** Keeps the newest 50 only. */
    short: channel('short:{name}', { events: { tick: event(z.object({ n: z.number() })) }, retention: { maxCount: 50 } }),
    /** Has no policy. */
    closed: channel('closed', { events: { note: event(Note) } }),
  },
  requests: {
    echo: request(z.object({ text: z.string() }), z.object({ text: z.string(), userId: z.string() }), { replyEvent: 'echo:reply' }),
    buy: request(z.object({ millId: z.string(), purchase: Purchase }), z.object({ offset: z.number().nullable() })),
    /** Sends `count` of the items that `burstItem` makes, a few each turn, or as many as there are until `stop`; then answers how many. */
    burst: request(z.object({ millId: z.string(), name: z.string(), count: z.number() }), z.object({ sent: z.number() })),
    stop: request(z.object({ name: z.string() }), z.object({})),
    upload: request(
      z.object({ name: z.string(), bytes: z.instanceof(Uint8Array) }),
      z.object({ name: z.string(), length: z.number(), sum: z.number() }),
    ),
    forbidden: request(z.object({}), z.object({})),
    broken: request(z.object({}), z.object({})),
  },
  direct: {
    connected: event(z.object({ userId: z.string(), message: z.string() }), { delivery: 'volatile' }),
    note: event(Note, { delivery: 'volatile' }),
  },
})

export type TestContract = typeof testContract
