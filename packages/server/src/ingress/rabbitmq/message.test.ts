import type { Message } from 'amqplib'
import { describe, expect, it } from 'vitest'
import { type MessageFacts, readMessage, type Verdict } from './message.ts'

const body = { channel: 'mill:7', event: 'bought', data: { kg: 1 } }

function message(content: string | Buffer, properties: Partial<Message['properties']> = {}): Message {
  // Holds: as amqplib delivers it, less what is not read.
  return {
    content: Buffer.from(content),
    fields: { routingKey: 'q' },
    properties: { messageId: 'm1', contentType: 'application/json', headers: {}, ...properties },
  } as unknown as Message
}

function read(given: Message, tenantOf: (facts: MessageFacts) => string | null = () => 'acme'): Verdict {
  return readMessage(given, { tenantOf, maxBytes: 1_000, maxRedeliveries: 3 })
}

const codeOf = (verdict: Verdict) => (verdict.kind === 'park' ? verdict.code : verdict.kind)

describe('a message of a queue', () => {
  it('[ING5] is a publication under its message id', () => {
    expect(read(message(JSON.stringify(body)))).toEqual({ kind: 'publish', tenant: 'acme', messageId: 'm1', publication: body })
    for (const contentType of [undefined, 'Application/JSON', 'application/json; charset=utf-8'])
      expect(codeOf(read(message(JSON.stringify(body), { contentType })))).toBe('publish')
  })

  it('[ING6] is parked where it can never be published, and its content is not repeated', () => {
    const secret = 'SECRET'
    const wrong: readonly (readonly [string, Message])[] = [
      ['invalid_payload', message(`{"${secret}`)],
      ['invalid_payload', message(Buffer.from([0xff]))],
      ['invalid_payload', message(JSON.stringify([secret]))],
      ['invalid_payload', message(JSON.stringify({ ...body, tenant: 'other' }))],
      ['invalid_payload', message(JSON.stringify({ ...body, channel: '' }))],
      ['invalid_payload', message(JSON.stringify({ ...body, event: 'a\u0000' }))],
      ['invalid_payload', message('['.repeat(65))],
      ['invalid_payload', message(JSON.stringify(body), { messageId: undefined })],
      ['invalid_payload', message(JSON.stringify(body), { messageId: '' })],
      ['invalid_payload', message(JSON.stringify(body), { contentType: 'text/plain' })],
      ['invalid_payload', message(JSON.stringify(body), { contentEncoding: 'gzip' })],
      ['payload_too_large', message('x'.repeat(1_001))],
    ]
    for (const [code, each] of wrong) {
      const verdict = read(each)
      expect([codeOf(verdict), each.content.toString().slice(0, 40)]).toEqual([code, each.content.toString().slice(0, 40)])
      expect(JSON.stringify(verdict)).not.toContain(secret)
    }
  })

  it('[ING6] [TEN1] is of the tenant that the setting says, or of none', () => {
    const seen: MessageFacts[] = []
    const given = message(JSON.stringify(body), { headers: { tenant: 'other' }, userId: 'erp', appId: 7 })
    const tenantOf = (facts: MessageFacts) => {
      seen.push(facts)
      return null
    }
    expect(codeOf(read(given, tenantOf))).toBe('denied')
    expect(seen).toEqual([{ headers: { tenant: 'other' }, routingKey: 'q', userId: 'erp', appId: undefined }])
    expect(codeOf(read(given, () => ''))).toBe('denied')
    const broken = () => {
      throw new Error('SECRET')
    }
    expect(read(given, broken)).toEqual({ kind: 'park', code: 'internal', reason: 'the message could not be read' })
  })

  it('[ING6] is poison when it was taken back too often, before anything of it is looked at', () => {
    const taken = (count: unknown) => codeOf(read(message('not JSON', { headers: { 'x-delivery-count': count } })))
    expect([3, 4, '4', undefined].map(taken)).toEqual(['invalid_payload', 'poison', 'invalid_payload', 'invalid_payload'])
  })
})
