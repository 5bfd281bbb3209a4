import type { Broker, ChannelKey, Envelope } from '@millrace/server'
import { type PostgresBrokerOptions, postgresBroker } from '@millrace/server/postgres'
import { eventually, startPrivatePostgres, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { postgresIsThere } from '../postgres/test-server.ts'
import { startTcpProxy } from '../tcp-proxy.ts'
import { startPooler } from './pooler.ts'

// Holds: written as `channelKey` does for this tenant.
const mill = 'acme/mill:1' as ChannelKey
const envelope = (id: string, json = '{}'): Envelope => ({ channel: mill, delivery: 'volatile', event: 'e', json, id, time: 1 })

async function open(options: PostgresBrokerOptions) {
  const broker = await postgresBroker(options)
  const heard: string[] = []
  const restored: number[] = []
  broker.listen(
    ({ id }) => heard.push(id),
    () => restored.push(Date.now()),
  )
  return { broker, heard, restored, [Symbol.asyncDispose]: () => broker.close() }
}

const works = (broker: Broker): Promise<boolean> =>
  broker.check().then(
    () => true,
    () => false,
  )

describe.runIf(postgresIsThere)('a broker whose PostgreSQL goes away', () => {
  it('[HLT2] [HLT1] refuses meanwhile, and is back by itself with its subscriptions after a restart and a crash', async () => {
    await using server = await startPrivatePostgres()
    await using here = await open({ url: server.url })
    await using there = await open({ url: server.url })
    await there.broker.subscribe(mill)
    for (const [times, how] of (['fast', 'crash'] as const).entries()) {
      await here.broker.publish(envelope(`before ${how}`))
      await eventually('it is heard', () => there.heard.includes(`before ${how}`))
      await server.stop(how)
      await eventually('both refuse', async () => !(await works(here.broker)) && !(await works(there.broker)))
      await expect(here.broker.publish(envelope('lost'))).rejects.toMatchObject({ code: 'unavailable', retry: true })
      await there.broker.subscribe(`acme/mill:${how}` as ChannelKey)
      await server.start()
      await eventually('both are restored', () => here.restored.length === times + 1 && there.restored.length === times + 1)
      await here.broker.publish({ ...envelope(how), channel: `acme/mill:${how}` as ChannelKey })
      await eventually('the new subscription is in force', () => there.heard.includes(how))
    }
    await here.broker.publish(envelope('after'))
    await eventually('the old one as well', () => there.heard.includes('after'))
    expect(there.heard).toEqual(['before fast', 'fast', 'before crash', 'crash', 'after'])
  })

  it('[HLT1] [HLT2] notices within 3 s that its connection is a black hole, and is back when there is a way', async () => {
    await using server = await startPrivatePostgres()
    await using proxy = await startTcpProxy({ targetPort: server.port })
    await using here = await open({ url: server.url })
    await using there = await open({ url: server.url.replace(String(server.port), String(proxy.port)) })
    await there.broker.subscribe(mill)
    await here.broker.publish(envelope('before'))
    await eventually('it is heard', () => there.heard.length === 1)
    proxy.door = 'black-hole'
    proxy.applyToAll({ kind: 'black-hole' })
    const published = expect(there.broker.publish(envelope('swallowed'))).rejects.toMatchObject({ code: 'unavailable', retry: true })
    await within(4_000, 'the publication is refused', published)
    // Nothing is in its way any more: it is refused at once.
    await within(
      100,
      'the next is refused at once',
      expect(there.broker.publish(envelope('refused'))).rejects.toMatchObject({ code: 'unavailable' }),
    )
    await here.broker.publish(envelope('meanwhile'))
    proxy.door = 'open'
    await eventually('it is restored', () => there.restored.length === 1, { ms: 10_000 })
    await here.broker.publish(envelope('after'))
    await eventually('it is heard', () => there.heard.includes('after'))
    expect(there.heard).toEqual(['before', 'after'])
  })

  it('[HLT1] notices in silence, too, when only what PostgreSQL sends is lost', async () => {
    await using server = await startPrivatePostgres()
    await using proxy = await startTcpProxy({ targetPort: server.port })
    await using there = await open({ url: server.url.replace(String(server.port), String(proxy.port)) })
    await there.broker.subscribe(mill)
    const from = Date.now()
    proxy.applyToAll({ kind: 'half-open', dead: 'down' })
    await eventually('it is restored', () => there.restored.length === 1)
    expect(Date.now() - from).toBeLessThan(4_000)
  })

  it('[LOG3] hears what others publish in order, and misses nothing after it is restored, while its connections are ended again and again', async () => {
    await using server = await startPrivatePostgres()
    await using proxy = await startTcpProxy({ targetPort: server.port })
    await using here = await open({ url: server.url })
    await using there = await open({ url: server.url.replace(String(server.port), String(proxy.port)) })
    await there.broker.subscribe(mill)
    let sent = 0
    for (let round = 0; round < 10; round += 1) {
      const restored = there.restored.length
      for (let burst = 0; burst < 20; burst += 1) {
        // Some take several notifications.
        const json = JSON.stringify(burst % 5 === 0 ? 'x'.repeat(20_000) : '')
        await Promise.all(Array.from({ length: 10 }, () => here.broker.publish(envelope(String(sent++), json))))
        if (burst === 10) proxy.applyToAll({ kind: 'reset' })
      }
      await eventually('it is restored', () => there.restored.length === restored + 1)
      const from = sent
      for (let index = 0; index < 10; index += 1) await here.broker.publish(envelope(String(sent++)))
      await eventually('everything after that is heard', () => there.heard.includes(String(sent - 1)))
      expect(there.heard.slice(-10)).toEqual(Array.from({ length: 10 }, (_, index) => String(from + index)))
    }
    const numbers = there.heard.map(Number)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  })

  it('[OPS3] refuses a pooler that gives each transaction another connection', async () => {
    await using server = await startPrivatePostgres()
    await using pooler = await startPooler(server.port)
    const url = server.url.replace(String(server.port), String(pooler.port))
    await expect(postgresBroker({ url })).rejects.toThrow(
      /^broker postgresBroker: .* does not bring notifications .*PgBouncer.* cannot LISTEN/,
    )
  })
})
