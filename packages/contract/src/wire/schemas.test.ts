import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wireEvents } from './messages.ts'
import * as wireSchemas from './schemas.ts'

const schemas = { ...wireSchemas }

const valid = {
  hello: { version: 1, session: 's1' },
  subscribe: { channel: 'mill:7', position: { epoch: 'e', offset: 3 }, presence: { state: { page: 'stock' } } },
  unsubscribe: { channel: 'mill:7' },
  refresh: { token: 't' },
  typing: { channel: 'mill:7', active: true, detail: { entity: 'purchase' } },
  presenceUpdate: { channel: 'mill:7', state: null },
  inboxList: { cursor: 'c', limit: 20, unread: true, type: 'info', document: 'purchase/42' },
  inboxMark: { ids: 'all', read: true },
  inboxDelete: { ids: ['n1'] },
  inboxCount: {},
} satisfies Record<keyof typeof schemas, unknown>

describe('messages of the SDK', () => {
  it.each(Object.keys(valid) as (keyof typeof valid)[])('[CON4] %s is taken as it is, and what a newer client adds is ignored', (name) => {
    expect(schemas[name].parse(valid[name])).toEqual(valid[name])
    expect(schemas[name].parse({ ...valid[name], fromTheFuture: { deep: true } })).toEqual(valid[name])
  })

  it('[BP4] each schema answers to any JSON whatever, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(schemas)), fc.jsonValue({ maxDepth: 4 }), (schema, input) => {
        const result = schema.safeParse(input)
        expect(typeof result.success).toBe('boolean')
      }),
      { numRuns: 2_000 },
    )
  })

  it('[BP4] free-form state is bounded in depth, plain, and carries no prototype', () => {
    const state = (value: unknown) => schemas.presenceUpdate.safeParse({ channel: 'a', state: value }).success
    const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))
    expect(state(nested(64))).toBe(true)
    for (const hostile of [
      nested(65),
      nested(100_000),
      JSON.parse('{"a":{"__proto__":{"admin":true}}}'),
      new Uint8Array(3),
      Number.NaN,
      () => 1,
      undefined,
      new Date(0),
    ])
      expect(state(hostile)).toBe(false)
  })

  it.each([
    ['an empty channel', 'subscribe', { channel: '' }],
    ['a channel over the limit', 'subscribe', { channel: 'x'.repeat(257) }],
    ['a negative offset', 'subscribe', { channel: 'a', position: { epoch: 'e', offset: -1 } }],
    ['an offset past whole numbers', 'subscribe', { channel: 'a', position: { epoch: 'e', offset: 1e300 } }],
    ['an endless token', 'refresh', { token: 'x'.repeat(16_385) }],
    ['more ids than a page holds', 'inboxMark', { ids: Array.from({ length: 201 }, String), read: true }],
    ['no ids', 'inboxDelete', { ids: [] }],
    ['a page over the limit', 'inboxList', { limit: 201 }],
  ] as const)('refuses %s', (_, name, message) => {
    expect(schemas[name].safeParse(message).success).toBe(false)
  })

  it('keeps every name of its own apart from a contract’s', () => {
    const names = Object.values(wireEvents)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^mr:[a-z-]+$/)
  })
})
