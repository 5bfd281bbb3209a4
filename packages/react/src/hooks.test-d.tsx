import { type MillraceClient, remove, upsert } from '@millrace/client'
import { channel, defineContract, event, request } from '@millrace/contract'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createHooks, MillraceProvider, useEvent, useLiveList, useRetained } from './index.ts'

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
  requests: { dashboard: request(z.object({ millId: z.string() }), z.object({ total: z.number() })) },
})
const ref = mill.channels.mill({ millId: 7 })
declare const client: MillraceClient<typeof mill>
const hooks = createHooks<typeof mill>()

it('[CON2] types hooks by the channel reference', () => {
  useEvent(ref, 'purchase:created', (data, publication) => {
    expectTypeOf(data).toEqualTypeOf<Purchase>()
    expectTypeOf(publication.data).toEqualTypeOf<Purchase>()
  })
  useEvent(Math.random() > 0.5 ? ref : null, 'purchase:deleted', ({ id }) => expectTypeOf(id).toEqualTypeOf<string>())
  // @ts-expect-error no such event in this channel
  useEvent(ref, 'purchase:create', () => {})
  // @ts-expect-error the payload has no such field
  useEvent(ref, 'purchase:created', ({ pounds }) => pounds)

  expectTypeOf(useRetained(ref, 'dashboard:stats').value).toEqualTypeOf<{ total: number } | undefined>()
  // @ts-expect-error the event is not retained
  useRetained(ref, 'purchase:created')

  const list = useLiveList(ref, {
    load: async () => [] as Purchase[],
    key: (row) => row.id,
    apply: { 'purchase:created': (purchase) => upsert(purchase), 'purchase:deleted': ({ id }) => remove(id) },
  })
  expectTypeOf(list.rows).toEqualTypeOf<ReadonlyMap<string, Purchase>>()
})

it('[CON2] types requests by the contract', async () => {
  const dashboard = hooks.useRequest('dashboard')
  expectTypeOf(dashboard.data).toEqualTypeOf<{ total: number } | undefined>()
  const result = await dashboard.run({ millId: '7' })
  if (result.ok) expectTypeOf(result.data).toEqualTypeOf<{ total: number }>()
  if (dashboard.status === 'success') expectTypeOf(dashboard.data).toEqualTypeOf<{ total: number }>()
  // @ts-expect-error no such request
  hooks.useRequest('dashbord')
  // @ts-expect-error the input has another shape
  await dashboard.run({ mill: '7' })
  expectTypeOf(await hooks.useClient().request('dashboard', { millId: '7' })).toEqualTypeOf<{ total: number }>()
})

it('[CON2] takes a client of any contract in the provider', () => {
  return <MillraceProvider client={client} />
})
