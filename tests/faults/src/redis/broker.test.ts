import type { Broker, ChannelKey } from '@millrace/server'
import { redisBroker } from '@millrace/server/redis'
import { eventually, type PrivateRedis, startPrivateRedis } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { startTcpProxy } from '../tcp-proxy.ts'
import { redisIsThere } from './test-server.ts'

// Holds: written as `channelKey` does.
const key = (n: number) => `acme/mill:${n}` as ChannelKey
const envelope = (n: number, id: string, json = '1') => ({ channel: key(n), delivery: 'volatile', event: 'e', json, id, time: 1 }) as const

/** A broker, and what it hears. */
async function open(url: string) {
  const broker: Broker = await redisBroker({ url, prefix: 'test:' })
  const heard = new Set<string>()
  let restored = 0
  broker.listen(
    ({ id }) => heard.add(id),
    () => {
      restored += 1
    },
  )
  return {
    ...{ broker, heard },
    get restored() {
      return restored
    },
    [Symbol.asyncDispose]: () => broker.close(),
  }
}
const urlOf = ({ port }: { readonly port: number }) => `redis://127.0.0.1:${port}`
/** How many channels the server says that somebody holds. */
async function held(redis: PrivateRedis): Promise<number> {
  return Number(/pubsubshard_channels:(\d+)/.exec(await redis.ask('INFO stats'))?.[1] ?? 0)
}

describe.runIf(redisIsThere)('a broker on Redis', () => {
  it('[HLT2] [DLV5] subscribes to 50,000 channels again, and answers others meanwhile', async () => {
    await using redis = await startPrivateRedis()
    await using here = await open(redis.url)
    await using there = await open(redis.url)
    const count = 50_000
    await Promise.all(Array.from({ length: count }, (_, n) => there.broker.subscribe(key(n))))
    expect(await held(redis)).toBe(count + 2)
    await redis.ask('CLIENT KILL TYPE pubsub')
    await eventually('both are back', () => here.restored === 1 && there.restored === 1, { ms: 20_000 })
    expect(await held(redis)).toBe(count + 2)
    for (const n of [0, count / 2, count - 1]) await here.broker.publish(envelope(n, `after ${n}`))
    await eventually('heard', () => there.heard.size === 3)
    await Promise.all(Array.from({ length: count }, (_, n) => there.broker.unsubscribe(key(n))))
    await eventually('all are let go', async () => (await held(redis)) === 2, { ms: 20_000 })
  })

  it('[BP1] [HLT2] comes back when Redis ends it, because it did not read what it was sent', async () => {
    await using redis = await startPrivateRedis({ settings: ['--client-output-buffer-limit', 'pubsub 2mb 1mb 1'] })
    await using proxy = await startTcpProxy({ targetPort: redis.port })
    await using here = await open(redis.url)
    await using there = await open(urlOf(proxy))
    await there.broker.subscribe(key(1))
    // As much as takes nobody long, and less than the reader's silence would take to be noticed.
    proxy.applyToAll({ kind: 'throttle', bytesPerSecond: 100_000 })
    const large = JSON.stringify('x'.repeat(200_000))
    for (let n = 0; n < 100; n += 1) await here.broker.publish(envelope(1, `lost ${n}`, large))
    proxy.applyToAll({ kind: 'none' })
    await eventually('it is back', () => there.restored === 1, { ms: 10_000 })
    await here.broker.publish(envelope(1, 'after'))
    await eventually('heard', () => there.heard.has('after'))
    expect(here.restored).toBe(0)
    expect(there.heard.has('lost 99')).toBe(false)
  })

  it('[HLT1] keeps a connection that is slow', async () => {
    await using redis = await startPrivateRedis()
    await using proxy = await startTcpProxy({ targetPort: redis.port })
    await using here = await open(redis.url)
    await using there = await open(urlOf(proxy))
    await there.broker.subscribe(key(1))
    proxy.applyToAll({ kind: 'throttle', bytesPerSecond: 200_000 })
    // Five seconds of it, in which the beat waits behind.
    await here.broker.publish(envelope(1, 'large', JSON.stringify('x'.repeat(1_000_000))))
    await eventually('heard', () => there.heard.has('large'), { ms: 10_000 })
    expect(there.restored).toBe(0)
  })
})
