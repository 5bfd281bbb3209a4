import { type ChannelRef, channel, defineContract, event, request } from '@millrace/contract'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type Alert, type Authenticator, createServer, type Directory, type Handlers, type Policies } from './index.ts'
import type { DatabaseHandle } from './sqlite/index.ts'

const Purchase = z.object({ id: z.string(), kg: z.number() })
const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', { events: { 'purchase:created': event(Purchase), converted: event(z.string().transform(Number)) } }),
    admin: channel('admin', { events: { note: event(z.string()) } }),
  },
  requests: { 'request:dashboard': request(z.object({ millId: z.string() }), z.object({ total: z.string().transform(Number) })) },
  direct: { connected: event(z.object({ userId: z.string() }), { delivery: 'volatile' }) },
})
declare const auth: Authenticator
const handlers: Handlers<typeof contract> = { 'request:dashboard': () => ({ total: '1' }) }
const server = () =>
  createServer({
    contract,
    auth,
    handlers,
    policy: { mill: ({ params, identity }) => identity.claims.millId === params.millId, admin: () => true },
  })
type Server = ReturnType<typeof server>
declare const rt: Server
declare const database: DatabaseHandle
const mill = contract.channels.mill({ millId: '7' })

describe('a server at compile time', () => {
  it('[CON2] publishes the events of the channel with their payloads, and no others', () => {
    void rt.publish(mill, 'purchase:created', { id: 'p1', kg: 5 })
    void rt.publish(mill, 'converted', '5')
    // @ts-expect-error an event of another channel
    void rt.publish(mill, 'note', 'text')
    // @ts-expect-error an event that is not declared
    void rt.publish(mill, 'purchase:created!', { id: 'p1', kg: 5 })
    // @ts-expect-error a field is missing
    void rt.publish(mill, 'purchase:created', { id: 'p1' })
    // @ts-expect-error a field has another type
    void rt.publish(mill, 'purchase:created', { id: 'p1', kg: '5' })
    // @ts-expect-error what comes out of the schema is not what goes in
    void rt.publish(mill, 'converted', 5)
    // @ts-expect-error a name is not a channel
    void rt.publish('mill:7', 'purchase:created', { id: 'p1', kg: 5 })
  })

  it('[CON2] gives policies the parameters of their own pattern', () => {
    const policies: Policies<typeof contract> = {
      mill: ({ params }) => {
        expectTypeOf(params).toEqualTypeOf<{ readonly millId: string }>()
        return true
      },
      // @ts-expect-error a parameter of another pattern
      admin: ({ params }) => params.millId === '7',
    }
    // @ts-expect-error a channel that is not declared
    const unknown: Policies<typeof contract> = { warehouse: () => true }
    void [policies, unknown]
  })

  it('[CON2] asks each handler for the reply that the contract names', () => {
    const right: Handlers<typeof contract> = {
      'request:dashboard': (input, context) => {
        expectTypeOf(input).toEqualTypeOf<{ millId: string }>()
        expectTypeOf(context.subscribe).parameter(0).toEqualTypeOf<ChannelRef>()
        context.connection.send('connected', { userId: 'asha' })
        // @ts-expect-error a direct event that is not declared
        context.connection.send('connect', { userId: 'asha' })
        // @ts-expect-error a direct event with another payload
        context.connection.send('connected', { user: 'asha' })
        return { total: '1' }
      },
    }
    // @ts-expect-error another reply
    const wrong: Handlers<typeof contract> = { 'request:dashboard': () => ({ total: 1 }) }
    // @ts-expect-error a request without a handler
    const missing: Handlers<typeof contract> = {}
    void [right, wrong, missing]
  })

  it('answers an alert at once in a SQLite transaction, and with a promise outside of one', () => {
    const reading = { key: 'paddy', value: 1, minimum: 2 }
    expectTypeOf(rt.alerts.observe(reading)).toEqualTypeOf<Promise<Alert | null>>()
    expectTypeOf(rt.alerts.observe({ ...reading, tx: database })).toEqualTypeOf<Alert | null>()
    expectTypeOf(rt.alerts.observe({ ...reading, tx: database as unknown })).toEqualTypeOf<Alert | null | Promise<Alert | null>>()
  })

  it('gives a directory the parameters of whatever channel, and a handler a transaction to publish in', () => {
    const directory: Directory = { usersOfChannel: (_, { params }) => [params.millId ?? ''] }
    const publishing: Handlers<typeof contract> = {
      'request:dashboard': async (_, { publish }) => {
        await publish(mill, 'purchase:created', { id: 'p1', kg: 5 }, { tx: database, idempotencyKey: 'p1', exceptSelf: true })
        // @ts-expect-error the tenant is the identity's, always
        await publish(mill, 'purchase:created', { id: 'p1', kg: 5 }, { tenant: 'other' })
        return { total: '1' }
      },
    }
    void [directory, publishing]
  })
})
