import { channel, defineContract, event, request } from '@millrace/contract'
import { z } from 'zod'
import { askRequest, connectedEvent, events } from '../wire.ts'

const Question = z.object({ n: z.number() })
const Movement = z.object({ t: z.number(), n: z.number(), pad: z.string() })
const movements = {
  [events.durable]: event(Movement),
  [events.volatile]: event(Movement, { delivery: 'volatile' }),
  [events.retained]: event(Movement, { delivery: 'retained' }),
}

/** What the business of the benchmark looks like to Millrace. */
export const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', { events: movements }),
    user: channel('user:{userId}', { events: movements }),
    everyone: channel('everyone', { events: movements }),
  },
  requests: { [askRequest]: request(Question, Question) },
  direct: { [connectedEvent]: event(z.object({ userId: z.string() }), { delivery: 'volatile' }) },
})
