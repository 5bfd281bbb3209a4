import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  type AnyContract,
  type ChannelRef,
  channel,
  defineContract,
  type EventData,
  type EventInput,
  type EventName,
  event,
  type RequestInput,
  type RequestReply,
  request,
} from './index.ts'

const Purchase = z.object({ id: z.string(), kg: z.number() })
const mill = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(Purchase),
        'dashboard:stats': event(z.object({ day: z.string() }), { delivery: 'retained', key: (stats) => stats.day }),
        'activity:typing': event(z.object({}), { delivery: 'volatile' }),
        converted: event(z.object({ kg: z.string().transform(Number) })),
        'by:valibot': event(v.object({ bags: v.number() })),
      },
    }),
    doc: channel('doc:{doctype}/{name}', { events: { changed: event(z.string()) } }),
    admin: channel('admin', { events: { note: event(z.string()) } }),
  },
  requests: { 'request:dashboard': request(z.string().default('mill-1'), Purchase) },
  direct: { connected: event(z.object({ userId: z.string() }), { delivery: 'volatile' }) },
})
const ref = mill.channels.mill({ millId: 7 })
type Mill = typeof ref.definition
type Events = Mill['events']
type Requests = typeof mill.requests

describe('a contract at compile time', () => {
  it('[CON2] asks for exactly the parameters of the channel', () => {
    expectTypeOf(ref.params).toEqualTypeOf<{ readonly millId: string }>()
    expectTypeOf(mill.channels.doc({ doctype: 'Sales Order', name: 1 }).params).toEqualTypeOf<{
      readonly doctype: string
      readonly name: string
    }>()
    mill.channels.admin()
    // @ts-expect-error a parameter is missing
    mill.channels.mill()
    // @ts-expect-error one of two parameters is missing
    mill.channels.doc({ doctype: 'Sales Order' })
    // @ts-expect-error a parameter is misspelt
    mill.channels.mill({ mill: '7' })
    // @ts-expect-error a parameter is neither text nor number
    mill.channels.mill({ millId: true })
    // @ts-expect-error a channel that takes no parameter
    mill.channels.admin({ millId: '7' })
    // @ts-expect-error a channel that is not declared
    mill.channels.warehouse
  })

  it('[CON2] knows the events of a channel and their payloads', () => {
    expectTypeOf<EventName<Mill>>().toEqualTypeOf<'purchase:created' | 'dashboard:stats' | 'activity:typing' | 'converted' | 'by:valibot'>()
    expectTypeOf<EventData<Events, 'purchase:created'>>().toEqualTypeOf<{ id: string; kg: number }>()
    expectTypeOf<EventInput<Events, 'purchase:created'>>().toEqualTypeOf<{ id: string; kg: number }>()
    expectTypeOf<EventData<Events, 'by:valibot'>>().toEqualTypeOf<{ bags: number }>()
    // @ts-expect-error an event of another channel
    type _Other = EventData<Events, 'note'>
  })

  it('[CON2] tells what a publisher gives from what a subscriber gets', () => {
    expectTypeOf<EventInput<Events, 'converted'>>().toEqualTypeOf<{ kg: string }>()
    expectTypeOf<EventData<Events, 'converted'>>().toEqualTypeOf<{ kg: number }>()
  })

  it('[CON2] keeps each event’s delivery class', () => {
    expectTypeOf<Events['purchase:created']['delivery']>().toEqualTypeOf<'durable'>()
    expectTypeOf<Events['dashboard:stats']['delivery']>().toEqualTypeOf<'retained'>()
    expectTypeOf<Events['activity:typing']['delivery']>().toEqualTypeOf<'volatile'>()
    // @ts-expect-error a delivery class that does not exist
    event(Purchase, { delivery: 'sometimes' })
  })

  it('[CON2] gives a retained event’s key function the payload, and lets no other class have one', () => {
    event(Purchase, {
      delivery: 'retained',
      key: (purchase) => {
        expectTypeOf(purchase).toEqualTypeOf<{ id: string; kg: number }>()
        return purchase.id
      },
    })
    // @ts-expect-error a key that is not text
    event(Purchase, { delivery: 'retained', key: (purchase) => purchase.kg })
    // @ts-expect-error a key of a field that the payload does not have
    event(Purchase, { delivery: 'retained', key: (purchase) => purchase.millId })
    // @ts-expect-error a durable event has no key
    event(Purchase, { key: () => 'a' })
    // @ts-expect-error a volatile event has no key
    event(Purchase, { delivery: 'volatile', key: () => 'a' })
  })

  it('[CON2] types requests and their replies', () => {
    expectTypeOf<keyof Requests>().toEqualTypeOf<'request:dashboard'>()
    expectTypeOf<RequestInput<Requests, 'request:dashboard'>>().toEqualTypeOf<string | undefined>()
    expectTypeOf<RequestReply<Requests, 'request:dashboard'>>().toEqualTypeOf<{ id: string; kg: number }>()
    // @ts-expect-error a request that is not declared
    type _Unknown = RequestReply<Requests, 'request:stock'>
  })

  it('[CON2] types the events to one connection', () => {
    expectTypeOf<EventInput<typeof mill.direct, 'connected'>>().toEqualTypeOf<{ userId: string }>()
    // @ts-expect-error a direct event that is not declared
    mill.direct.disconnected
  })

  it('[CON2] lets typing name the channel’s own events alone', () => {
    const signal = event(z.object({}), { delivery: 'volatile' })
    channel('a', { events: { start: signal, stop: signal }, typing: { start: 'start', stop: 'stop' } })
    // @ts-expect-error an event that the channel does not have
    channel('a', { events: { start: signal, stop: signal }, typing: { start: 'start', stop: 'halt' } })
  })

  it('[CON2] takes nothing but schemas as payloads', () => {
    // @ts-expect-error not a schema
    event({ type: 'string' })
    // @ts-expect-error not a schema
    request(z.string(), String)
  })

  it('[CON2] is usable where any contract is, without requests or direct events too', () => {
    expectTypeOf(mill).toExtend<AnyContract>()
    expectTypeOf(ref).toExtend<ChannelRef>()
    const small = defineContract({ channels: {} })
    expectTypeOf(small).toExtend<AnyContract>()
    // @ts-expect-error nothing was declared
    small.requests.any
    expectTypeOf(mill.resolve('mill:7')).toEqualTypeOf<ChannelRef | null>()
  })

  it('[CON2] does not take a plain string for a channel’s name', () => {
    expectTypeOf<string>().not.toExtend<(typeof ref)['name']>()
  })
})
