import { rabbitPublisher } from '@millrace/server/rabbitmq'
import { eventually } from '@millrace-tests/support'
import { connect } from 'amqplib'
import { afterAll, describe, expect, it } from 'vitest'
import { openYard, purchase, type RabbitYard, rabbit } from './yard.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`)
const isEmpty = (yard: RabbitYard) => eventually('the queue is empty', async () => (await yard.waiting()) === 0, { ms: 20_000 })

afterAll(() => rabbit?.[Symbol.asyncDispose]())

describe.runIf(rabbit !== null)('a queue of RabbitMQ', () => {
  it('[ING5] is published in order, each message once, also where it was sent twice', async () => {
    await using yard = await openYard()
    const ingress = await yard.ingress()
    const ids = numbered(500)
    await yard.put([...ids, ...ids].map((id) => purchase(id)))
    await eventually('all are published', () => ingress.status().published === 1_000, { ms: 30_000 })
    expect(await yard.published('acme', '7')).toEqual(ids)
    expect(await ingress.parked()).toBe(0)
    await ingress.close()
    expect(ingress.status().state).toBe('closed')
    expect(await yard.waiting()).toBe(0)
  })

  it('[ING6] parks at once what can never be published, with code and reason, and goes on', async () => {
    await using yard = await openYard()
    const ingress = await yard.ingress({ maxMessageBytes: 2_000 })
    const { body } = purchase('x')
    const wrong: readonly (readonly [code: string, message: Parameters<RabbitYard['put']>[0][number]])[] = [
      ['invalid_payload', { id: 'a', body: '{"channel":' }],
      ['invalid_payload', { id: 'b', body: new Uint8Array([0x22, 0xff, 0x22]) }],
      ['invalid_payload', { id: 'c', body: '' }],
      ['invalid_payload', { id: 'd', body: `${'['.repeat(900)}${']'.repeat(900)}` }],
      ['invalid_payload', { id: 'e', body: { ...body, tenant: 'other' } }],
      ['invalid_payload', { id: 'f', body: { ...body, data: { id: 1 } } }],
      ['invalid_payload', { body }],
      ['invalid_payload', { id: 'g', body, options: { contentType: 'text/plain' } }],
      ['invalid_payload', { id: 'h', body, options: { contentEncoding: 'gzip' } }],
      ['unknown_channel', { id: 'i', body: { ...body, channel: '$cluster' } }],
      ['unknown_event', { id: 'j', body: { ...body, event: 'toString' } }],
      ['payload_too_large', { id: 'k', body: { ...body, data: { id: 'x'.repeat(2_000) } } }],
    ]
    const headers = { CC: ['elsewhere'], 'x-death': 'mine', 'millrace-code': 'fine', trace: 't1' }
    await yard.put([...wrong.map(([, message]) => ({ ...message, options: { headers, ...message.options } })), purchase('good')])
    await eventually('all are done', () => ingress.status().published === 1 && ingress.status().parked === wrong.length, { ms: 20_000 })
    await eventually('parked ones are counted', async () => (await ingress.parked()) === wrong.length)
    const dead = await yard.takeDead()
    const codes = new Map(dead.map(({ properties }) => [properties.messageId, properties.headers?.['millrace-code']]))
    expect(codes).toEqual(new Map(wrong.map(([code, { id }]) => [id, code])))
    for (const { properties } of dead) {
      expect(properties.headers).toMatchObject({ trace: 't1', 'millrace-queue': yard.queue, 'millrace-reason': expect.stringMatching(/./) })
      expect(properties.headers).not.toHaveProperty('CC')
    }
    expect(dead.find(({ properties }) => properties.messageId === 'k')?.content.toString()).toContain('x'.repeat(2_000))
    expect(await yard.published('acme', '7')).toEqual(['good'])
    expect(JSON.stringify(yard.log.lines)).not.toContain('xxx')
  })

  it('[ING6] [TEN1] takes the tenant from its own setting, and from a header only where it is told to', async () => {
    await using yard = await openYard()
    const tenantOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) => {
      if (headers.tenant === 'broken') throw new Error('broken on purpose')
      return headers.tenant === 'acme' || headers.tenant === 'other' ? headers.tenant : null
    }
    const ingress = await yard.ingress({ tenantOf })
    await yard.put(
      ['acme', 'other', 'third', 'broken'].map((tenant) => ({ ...purchase(`for-${tenant}`), options: { headers: { tenant } } })),
    )
    await eventually('all are done', () => ingress.status().published === 2 && ingress.status().parked === 2, { ms: 20_000 })
    expect(await yard.published('acme', '7')).toEqual(['for-acme'])
    expect(await yard.published('other', '7')).toEqual(['for-other'])
    expect((await yard.takeDead()).map(({ properties }) => properties.headers?.['millrace-code'])).toEqual(['denied', 'internal'])
    expect(yard.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'the tenant of a message could not be told' },
    ])
  })

  it('[ING6] parks a message that its consumers died of, and none of those that were with it', async () => {
    await using yard = await openYard()
    await (await yard.ingress()).close()
    await yard.put(numbered(20).map((id) => purchase(id)))
    const own = await connect(yard.url)
    for (let death = 0; death < 4; death++) {
      const channel = await own.createChannel()
      await channel.prefetch(1)
      await new Promise<void>((resolve) => void channel.consume(yard.queue, () => resolve()))
      await channel.close()
    }
    const ingress = await yard.ingress({ maxRedeliveries: 3 })
    await eventually('all are done', () => ingress.status().published === 19 && ingress.status().parked === 1, { ms: 20_000 })
    const [dead] = await yard.takeDead()
    expect([dead?.properties.messageId, dead?.properties.headers?.['millrace-code']]).toEqual(['p0', 'poison'])
    await own.close()
  })

  it('[ING6] loses nothing where the queue of the dead was deleted, and makes it anew', async () => {
    await using yard = await openYard()
    const ingress = await yard.ingress()
    const own = await connect(yard.url)
    const channel = await own.createChannel()
    await channel.deleteQueue(`${yard.queue}.dead`)
    await own.close()
    await yard.put(numbered(20).map((id) => ({ id, body: 'wrong' })))
    await eventually('all are parked', async () => (await ingress.parked().catch(() => 0)) === 20, { ms: 20_000 })
    expect(new Set((await yard.takeDead()).map(({ properties }) => properties.messageId))).toEqual(new Set(numbered(20)))
    expect(await yard.waiting()).toBe(0)
  })

  it('[ING7] tries again what fails for now, with a pause, and parks none of it', async () => {
    await using yard = await openYard()
    let failing = true
    const publish = yard.rt.publish
    const { MillraceError } = await import('@millrace/contract')
    const flaky = Object.assign(yard.rt, {
      publish: ((...args: Parameters<typeof publish>) =>
        failing ? Promise.reject(new MillraceError('unavailable')) : publish(...args)) as typeof publish,
    })
    expect(flaky).toBe(yard.rt)
    const ingress = await yard.ingress({ maxRedeliveries: 1, retryMaxMs: 50, prefetch: 5 })
    await yard.put(numbered(20).map((id) => purchase(id)))
    await eventually('it has tried some', () => ingress.status().retries > 20)
    expect(ingress.status()).toMatchObject({ published: 0, parked: 0 })
    failing = false
    await eventually('all are published', () => ingress.status().published === 20, { ms: 20_000 })
    expect([...(await yard.published('acme', '7'))].sort()).toEqual([...numbered(20)].sort())
    expect(await ingress.parked()).toBe(0)
  })

  it('[ING5] takes what a publisher has confirmed, and the publisher says where there is no queue', async () => {
    await using yard = await openYard()
    const ingress = await yard.ingress()
    const publisher = await rabbitPublisher({ url: yard.url, maxPending: 100, logger: yard.log })
    await Promise.all(numbered(100).map((id) => publisher.publish(yard.queue, { id, ...purchase(id).body })))
    const outcomes = await Promise.allSettled(numbered(101).map((id) => publisher.publish(yard.queue, { id, ...purchase(id).body })))
    expect(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'confirmed')).filter((each) => each !== 'confirmed'),
    ).toEqual(['unavailable'])
    await expect(publisher.publish(`${yard.queue}.nowhere`, purchase('x').body)).rejects.toMatchObject({ code: 'not_found' })
    await expect(publisher.publish(yard.queue, { ...purchase('x').body, data: 1n })).rejects.toMatchObject({ code: 'invalid_payload' })
    const unwritable = { ...purchase('x').body, headers: { big: 'x'.repeat(3_000_000) } }
    await expect(publisher.publish(yard.queue, unwritable)).rejects.toMatchObject({ code: 'invalid_payload' })
    await publisher.publish(yard.queue, { id: 'p0', ...purchase('p0').body })
    await isEmpty(yard)
    await eventually('all are published', () => ingress.status().published >= 200, { ms: 20_000 })
    expect(await yard.published('acme', '7')).toEqual(numbered(100))
    await publisher.close()
    await expect(publisher.publish(yard.queue, purchase('x').body)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('[OPS3] names the setting that RabbitMQ refuses, without its password', async () => {
    await using yard = await openYard()
    await using taken = await openYard()
    await (await yard.ingress()).close()
    await (await taken.ingress()).close()
    const own = await connect(yard.url)
    const channel = await own.createChannel()
    await channel.deleteQueue(yard.queue)
    await channel.assertQueue(yard.queue, { durable: true })
    await own.close()
    await expect(yard.ingress()).rejects.toThrow(/^queue or its exchange is there with other settings: /)
    const address = (change: (url: URL) => void) => {
      const url = new URL(yard.url)
      change(url)
      return url.href
    }
    const wrongPassword = address((url) => {
      url.password = 'hunter2'
    })
    await expect(yard.ingress({ url: wrongPassword })).rejects.toThrow(/^url is refused by RabbitMQ: /)
    await expect(yard.ingress({ url: address((url) => (url.pathname = '/nowhere')) })).rejects.toThrow(/^url names a vhost/)
    await expect(yard.ingress({ url: 'http://x:hunter2@y' })).rejects.toThrow(/^url is not the address of a RabbitMQ/)
    await expect(yard.ingress({ queue: 'amq.x' })).rejects.toThrow(/^queue is not a name/)
    await expect(yard.ingress({ heartbeatSeconds: 0 })).rejects.toThrow(/^heartbeatSeconds is 0/)
    await expect(yard.ingress({ prefetch: 0 })).rejects.toThrow(/^prefetch is 0/)
    await expect(yard.ingress({ tenant: '' })).rejects.toThrow(/^tenant is missing/)
    expect(JSON.stringify(yard.log.lines)).not.toContain('hunter2')
  })
})
