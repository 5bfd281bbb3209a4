import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type AnyContract, type ChannelRef, channel, defineContract, type EventData, type EventInput, event, request } from './index.ts'

const Purchase = z.object({ id: z.string(), kg: z.number() })
const mill = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(Purchase),
        'dashboard:stats': event(z.object({ key: z.string() }), { delivery: 'retained', key: (stats) => stats.key }),
      },
    }),
    admin: channel('admin', { events: { note: event(z.string()) } }),
  },
  requests: { 'request:dashboard': request(z.string(), Purchase) },
})

it('[CON2] infers channel parameters, event names and payloads', () => {
  const ref = mill.channels.mill({ millId: 7 })
  expectTypeOf(ref.params).toEqualTypeOf<{ readonly millId: string }>()
  mill.channels.admin()
  // @ts-expect-error a parameter is missing
  mill.channels.mill()
  // @ts-expect-error a parameter is misspelt
  mill.channels.mill({ mill: '7' })
  // @ts-expect-error a channel that is not declared
  mill.channels.warehouse

  type Events = (typeof ref)['definition']['events']
  expectTypeOf<EventData<Events, 'purchase:created'>>().toEqualTypeOf<{ id: string; kg: number }>()
  expectTypeOf<EventInput<Events, 'purchase:created'>>().toEqualTypeOf<{ id: string; kg: number }>()
  expectTypeOf(mill).toExtend<AnyContract>()
  expectTypeOf(ref).toExtend<ChannelRef>()
})
