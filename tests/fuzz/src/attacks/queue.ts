import type { Random } from '@millrace-tests/support'
import type { Options } from 'amqplib'
import { hostilePublication, oddValues } from './hostile-json.ts'
import type { Targets } from './messages.ts'

export interface HostileQueueMessage {
  readonly content: Buffer
  readonly options: Options.Publish
}

/** A message in a queue of the attacker's own tenant, from somebody who may put anything there. */
export function hostileQueueMessage(random: Random, targets: Targets): HostileQueueMessage {
  const publication = JSON.stringify(hostilePublication(random, targets))
  const content = random.pick<() => Buffer>([
    () => Buffer.from(publication),
    () => Buffer.from(publication),
    () => Buffer.from(publication),
    () => Buffer.from(publication.slice(0, random.int(0, publication.length))),
    () => Buffer.from(JSON.stringify(random.pick(oddValues))),
    () => Buffer.from(`[${publication}]`),
    () => Buffer.from('['.repeat(50_000)),
    () => Buffer.from(Array.from({ length: 40 }, () => random.int(0, 255))),
    () => Buffer.alloc(1_100_000, 'x'),
  ])()
  const headers = random.pick<Record<string, unknown>>([
    {},
    { tenant: targets.tenant, 'x-tenant': targets.tenant, 'millrace-tenant': targets.tenant },
    { CC: [`${targets.tenant}`, 'amq.gen-x'], BCC: ['elsewhere'] },
    { 'x-delivery-count': 1_000 },
    { 'x-death': [{ count: 99, queue: 'x' }], 'millrace-code': 'fine' },
    JSON.parse('{"__proto__":{"tenant":"other"},"constructor":"x"}'),
    { big: 'x'.repeat(30_000) },
  ])
  const messageId = random.pick<string | undefined>([
    `m${random.int(0, 50)}`,
    `m${random.int(0, 1e9)}`,
    'amqp:other:m1',
    '\u0000',
    undefined,
  ])
  return {
    content,
    options: {
      headers,
      contentType: random.pick([
        'application/json',
        'application/json',
        'application/json',
        'text/plain',
        'application/json; charset=utf-16',
      ]),
      ...(messageId !== undefined && { messageId }),
      ...(random.chance(0.1) && {
        replyTo: `${targets.tenant}`,
        correlationId: 'x',
        type: 'y',
        appId: targets.tenant,
        expiration: '60000',
      }),
      ...(random.chance(0.05) && { contentEncoding: 'gzip' }),
    },
  }
}
