import { redisBroker } from '@millrace/server/redis'
import { describeBrokerConformance } from '@millrace/server/testing/conformance'
import { eventually, type PrivateRedisCluster, startPrivateRedisCluster } from '@millrace-tests/support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisIsThere } from './test-server.ts'

describe.runIf(redisIsThere)('a Redis Cluster', () => {
  let cluster: PrivateRedisCluster
  let created = 0
  beforeAll(async () => {
    cluster = await startPrivateRedisCluster()
  })
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]()
  })
  const nodes = () => cluster.servers.slice(0, 2).map(({ port }) => ({ host: '127.0.0.1', port }))
  const open = (count: number) => {
    created += 1
    const prefix = `test:${created}:`
    return Promise.all(Array.from({ length: count }, () => redisBroker({ nodes: nodes(), prefix })))
  }

  describeBrokerConformance({
    name: 'redis cluster',
    create: open,
    async outage() {
      // One of three is enough: its channels have nobody.
      await cluster.servers[2]?.stop()
      return async () => {
        await cluster.servers[2]?.start()
      }
    },
  })

  it('[HLT2] follows a channel that has moved to another server', async () => {
    const [here, there] = await open(2)
    if (here === undefined || there === undefined) throw new Error('two were asked for')
    const heard: string[] = []
    let restored = 0
    there.listen(
      ({ id }) => heard.push(id),
      () => {
        restored += 1
      },
    )
    // Holds: written as `channelKey` does.
    const channel = 'acme/mill:1' as never
    const publish = (id: string) => here.publish({ channel, delivery: 'volatile', event: 'e', json: '1', id, time: 1 })
    await there.subscribe(channel)
    await publish('before')
    await eventually('heard', () => heard.includes('before'))
    const slot = Number(/\d+/.exec((await cluster.servers[0]?.ask(`CLUSTER KEYSLOT test:${created}:acme/mill:1`)) ?? '')?.[0])
    const owner = cluster.servers[slot <= 5_460 ? 0 : slot <= 10_922 ? 1 : 2]
    const other = cluster.servers.find((server) => server !== owner)
    if (owner === undefined || other === undefined) throw new Error('a cluster has three servers')
    await cluster.move(slot, other)
    await eventually('the subscriber has followed', () => restored === 1, { ms: 10_000 })
    await eventually(
      'it is published again',
      () =>
        publish('after').then(
          () => true,
          () => false,
        ),
      { ms: 10_000 },
    )
    await eventually('heard', () => heard.includes('after'))
    await cluster.move(slot, owner)
    await Promise.all([here.close(), there.close()])
  })

  it('[OPS3] is not taken for a single server', async () => {
    const url = `redis://127.0.0.1:${cluster.servers[0]?.port}`
    await expect(redisBroker({ url })).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining('write nodes:'),
    })
    const single = redisBroker({ nodes: [{ host: '127.0.0.1', port: cluster.servers[0]?.port ?? 0 }], prefix: 'x:' })
    await (await single).close()
  })
  it('[HLT2] goes on with the replica of a server that is gone for good', async () => {
    const [, , third] = cluster.servers
    if (third === undefined) throw new Error('a cluster has three servers')
    await cluster.addReplica(third)
    const [here, there] = await open(2)
    if (here === undefined || there === undefined) throw new Error('two were asked for')
    const heard = new Set<string>()
    let restored = 0
    there.listen(
      ({ id }) => heard.add(id),
      () => {
        restored += 1
      },
    )
    // Of each server some.
    const channels = Array.from({ length: 20 }, (_, n) => `acme/mill:${n}` as never)
    await Promise.all(channels.map((channel) => there.subscribe(channel)))
    await third.stop()
    await eventually('the subscriber is back', () => restored === 1, { ms: 30_000 })
    const publishAll = () =>
      Promise.all(channels.map((channel) => here.publish({ channel, delivery: 'volatile', event: 'e', json: '1', id: channel, time: 1 })))
    await eventually(
      'it is published',
      () =>
        publishAll().then(
          () => true,
          () => false,
        ),
      { ms: 30_000 },
    )
    await eventually('all are heard', () => heard.size === channels.length)
    await Promise.all([here.close(), there.close()])
  })
})
