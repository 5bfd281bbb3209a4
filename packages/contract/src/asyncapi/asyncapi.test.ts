import { Parser } from '@asyncapi/parser'
import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { channel, defineContract, errors, event, request } from '../index.ts'
import { type AsyncApiDocument, type AsyncApiOptions, asyncapi } from './index.ts'

const Part = z.object({
  name: z.string(),
  get parts() {
    return z.array(Part)
  },
})
const Purchase = z.object({
  kg: z.number().min(0),
  grade: z.enum(['A', 'B']).default('A'),
  link: z.literal('#/elsewhere'),
  extra: z.json(),
  part: Part,
})
const typing = event(z.object({ user: z.object({ id: z.string(), name: z.string().optional() }) }), { delivery: 'volatile' })

const rich = defineContract({
  title: 'Rice mill',
  version: '2.1.0',
  channels: {
    mill: channel('mill:{millId}', {
      description: 'What happens in one mill',
      retention: { maxCount: 500 },
      presence: z.object({ page: z.string() }),
      typing: { start: 'activity:typing', stop: 'activity:stop-typing' },
      events: {
        'purchase:created': event(Purchase, { description: 'Paddy was bought' }),
        'dashboard:stats': event(z.object({ day: z.string() }), { delivery: 'retained', key: (stats) => stats.day }),
        'activity:typing': typing,
        'activity:stop-typing': typing,
        'a/b~c {d} %': event(z.union([z.string(), z.null()])),
        'a b-c': event(z.tuple([z.string(), z.number()])),
        'a-b c': event(z.record(z.string(), z.number())),
      },
    }),
    doc: channel('doc:{doctype}/{name}', { events: { presence: event(z.string()) } }),
    admin: channel('admin', { events: {} }),
    direct: channel('direct', { events: { connected: event(z.string()) } }),
  },
  requests: {
    'request:dashboard': request(z.string(), z.object({ total: z.number() }), {
      replyEvent: 'dashboard:stats',
      description: 'Figures of a mill',
    }),
    'direct/connected': request(z.null(), z.null()),
  },
  direct: { connected: event(z.object({ userId: z.string() }), { delivery: 'volatile' }) },
})

async function parsed(contract: Parameters<typeof asyncapi>[0], options?: AsyncApiOptions) {
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncapi(contract, options)))
  expect(diagnostics.filter((diagnostic) => diagnostic.severity === 0)).toEqual([])
  if (document === undefined) throw new TypeError('the parser answers a document when it finds no error')
  return document
}

/** Follows a reference inside the document. */
function follow(document: AsyncApiDocument, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Readonly<Record<string, unknown>>)[key], document)
}

function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' && typeof value === 'string' ? [value] : references(value)))
}

describe('the AsyncAPI document of a contract', () => {
  it('[CON1] is valid, whatever the contract holds', async () => {
    const document = await parsed(rich)
    expect(document.version()).toBe('3.0.0')
    expect(document.info().title()).toBe('Rice mill')
    expect(document.info().version()).toBe('2.1.0')
    await parsed(defineContract({ channels: {} }))
  })

  it('[CON1] has an address with parameters and every event for each channel', async () => {
    const document = await parsed(rich)
    const mill = document.channels().get('mill')
    expect(mill?.address()).toBe('mill:{millId}')
    expect(
      mill
        ?.parameters()
        .all()
        .map((parameter) => parameter.id()),
    ).toEqual(['millId'])
    expect(
      mill
        ?.messages()
        .all()
        .map((message) => message.name()),
    ).toEqual(Object.keys(rich.channels.mill.definition.events))
    expect(
      document
        .channels()
        .get('doc')
        ?.parameters()
        .all()
        .map((parameter) => parameter.id()),
    ).toEqual(['doctype', 'name'])
  })

  it('[CON1] sends publications and direct events, and receives requests with their reply or an error', () => {
    const { operations, components } = asyncapi(rich)
    expect(Object.entries(operations).map(([key, { action }]) => [key, action])).toEqual([
      ['send.mill', 'send'],
      ['send.doc', 'send'],
      ['send.admin', 'send'],
      ['send.direct', 'send'],
      ['receive.request.request-dashboard', 'receive'],
      ['receive.request.direct-connected', 'receive'],
      ['send.direct-2', 'send'],
    ])
    const operation = operations['receive.request.request-dashboard']
    expect(operation?.messages).toEqual([{ $ref: '#/channels/request.request-dashboard/messages/request.request-dashboard' }])
    expect(operation?.reply?.messages).toEqual([
      { $ref: '#/channels/request.request-dashboard/messages/request.request-dashboard.reply' },
      { $ref: '#/channels/request.request-dashboard/messages/error' },
    ])
    expect(operation?.['x-millrace-reply-event']).toBe('dashboard:stats')
    expect(components.messages['request.request-dashboard.reply']?.payload).toMatchObject({ properties: { ok: { const: true } } })
  })

  it('[CON1] says delivery class, key, retention, presence, typing and the codes', () => {
    const document = asyncapi(rich)
    const delivery = (key: string) => document.components.messages[key]?.['x-millrace-delivery']
    expect([delivery('mill.purchase-created'), delivery('mill.dashboard-stats'), delivery('mill.activity-typing')]).toEqual([
      'durable',
      'retained',
      'volatile',
    ])
    expect(document.components.messages['mill.dashboard-stats']?.['x-millrace-keyed']).toBe(true)
    expect(document.channels.mill).toMatchObject({
      'x-millrace-retention': { maxCount: 500, maxAgeMs: 604_800_000 },
      'x-millrace-presence': { $ref: '#/components/schemas/mill.presence' },
      'x-millrace-typing': { start: 'activity:typing', stop: 'activity:stop-typing' },
    })
    expect(document['x-millrace-errors']).toEqual(errors)
    expect(document['x-millrace-guests']).toBe(false)
  })

  it('points every reference at something, recursive schemas included, and leaves data that looks like one alone', () => {
    const document = asyncapi(rich)
    const all = references(document)
    expect(all.length).toBeGreaterThan(30)
    for (const reference of all) expect(follow(document, reference), reference).toBeTypeOf('object')
    expect(document.components.schemas['mill.purchase-created']).toMatchObject({
      properties: { link: { const: '#/elsewhere' }, grade: { default: 'A' } },
    })
  })

  it('describes requests as the client writes them, and events and replies as they arrive', () => {
    const kg = z.object({ kg: z.number().default(1) })
    const { schemas } = asyncapi(
      defineContract({ channels: { a: channel('a', { events: { e: event(kg) } }) }, requests: { r: request(kg, kg) } }),
    ).components
    expect(schemas['request.r']).not.toHaveProperty('required')
    expect(schemas['request.r.reply']).toHaveProperty('required', ['kg'])
    expect(schemas['a.e']).toHaveProperty('required', ['kg'])
  })

  it('[CON1] takes any Standard Schema library through toJsonSchema, and zod beside it', async () => {
    const mixed = defineContract({
      channels: { a: channel('a', { events: { valibot: event(v.object({ kg: v.number() })), zod: event(z.object({ kg: z.number() })) } }) },
    })
    const options: AsyncApiOptions = {
      toJsonSchema: (schema) => (schema['~standard'].vendor === 'valibot' ? { ...toJsonSchema(schema as v.GenericSchema) } : null),
    }
    await parsed(mixed, options)
    expect(asyncapi(mixed, options).components.schemas['a.valibot']).toMatchObject({ properties: { kg: { type: 'number' } } })
  })

  it('names the event whose schema cannot be said as JSON Schema, and the mend', () => {
    const of = (schema: Parameters<typeof event>[0]) => () =>
      asyncapi(defineContract({ channels: { a: channel('a', { events: { e: event(schema) } }) } }))
    expect(of(z.object({ at: z.date() }))).toThrow('a.e: its schema has no JSON Schema: Date cannot be represented')
    expect(of(v.string())).toThrow('a.e: its schema library ("valibot") does not say JSON Schema by itself: pass the option toJsonSchema')
  })
})
