import { channel, defineContract, event, request } from '@millrace/contract'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createClient, type MillraceClient, remove, upsert } from './index.ts'

const Purchase = z.object({ id: z.string(), kg: z.number() })
type Purchase = z.infer<typeof Purchase>
const mill = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(Purchase),
        'purchase:deleted': event(z.object({ id: z.string() })),
        'dashboard:stats': event(z.object({ total: z.number() }), { delivery: 'retained' }),
      },
    }),
  },
  requests: {
    dashboard: request(z.object({ millId: z.string() }), z.object({ total: z.number() })),
    ping: request(z.undefined(), z.literal('pong')),
  },
  direct: { connected: event(z.object({ message: z.string() })) },
})
const client = createClient({ contract: mill, url: 'http://mill.test' })
const ref = mill.channels.mill({ millId: 7 })

it('[CON2] types listeners by the channel and the event', () => {
  client.channel(ref).on('purchase:created', (data, publication) => {
    expectTypeOf(data).toEqualTypeOf<Purchase>()
    expectTypeOf(publication.data).toEqualTypeOf<Purchase>()
    expectTypeOf(publication.event).toEqualTypeOf<'purchase:created'>()
  })
  // @ts-expect-error no such event in this channel
  client.channel(ref).on('purchase:create', () => {})
  // @ts-expect-error the payload has no such field
  client.channel(ref).on('purchase:created', ({ pounds }) => pounds)
  client.channel(ref).subscribe({
    on: { 'purchase:deleted': (data) => expectTypeOf(data).toEqualTypeOf<{ id: string }>() },
    onGap: ({ why }) => expectTypeOf(why).toEqualTypeOf<'expired' | 'new-epoch' | 'denied'>(),
  })
  // @ts-expect-error no such event in this channel
  client.channel(ref).subscribe({ on: { 'purchase:create': () => {} } })
})

it('[CON2] types requests by their name', async () => {
  expectTypeOf(await client.request('dashboard', { millId: '7' })).toEqualTypeOf<{ total: number }>()
  expectTypeOf(await client.request('ping')).toEqualTypeOf<'pong'>()
  // @ts-expect-error no such request
  await client.request('dashbord', { millId: '7' })
  // @ts-expect-error the input is missing
  await client.request('dashboard')
  // @ts-expect-error the input has another shape
  await client.request('dashboard', { mill: '7' })
})

it('[CON2] types direct events, retained values and live lists', () => {
  client.on('connected', (data) => expectTypeOf(data).toEqualTypeOf<{ message: string }>())
  // @ts-expect-error no such direct event
  client.on('disconnected', () => {})

  expectTypeOf(client.retained(ref, 'dashboard:stats').getSnapshot().value).toEqualTypeOf<{ total: number } | undefined>()
  // @ts-expect-error the event is not retained
  client.retained(ref, 'purchase:created')

  const list = client.liveList(ref, {
    load: async () => [] as Purchase[],
    key: (row) => row.id,
    apply: { 'purchase:created': (purchase) => upsert(purchase), 'purchase:deleted': ({ id }) => remove(id) },
  })
  expectTypeOf(list.getSnapshot().rows).toEqualTypeOf<ReadonlyMap<string, Purchase>>()
  client.liveList(ref, {
    load: async () => [] as Purchase[],
    key: (row) => row.id,
    // @ts-expect-error the row has another shape
    apply: { 'purchase:deleted': ({ id }) => upsert({ id }) },
  })
})

it('[CON2] is a client of any contract where the contract does not matter', () => {
  expectTypeOf(client).toExtend<MillraceClient>()
})
