import { eventually, type PrivateRedis, pause, startPrivateRedis } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'
import { startNodes } from './nodes.ts'
import { redisIsThere } from './test-server.ts'

interface Parts {
  readonly redis: PrivateRedis
  readonly proxy: TcpProxy
}
/** Does the harm, and answers how it ends. */
type Harm = (parts: Parts) => Promise<() => Promise<void>>

const lasting: Readonly<Record<string, Harm>> = {
  'Redis is killed and started again': async ({ redis }) => {
    await redis.stop()
    return () => redis.start()
  },
  'Redis stands still': async ({ redis }) => {
    redis.freeze()
    return async () => redis.thaw()
  },
  'connections are refused for 10 s': async ({ proxy }) => {
    proxy.door = 'refuse'
    proxy.applyToAll({ kind: 'reset' })
    await pause(10_000)
    return async () => {
      proxy.door = 'open'
    }
  },
  'the network takes everything and answers nothing': async ({ proxy }) => {
    proxy.door = 'black-hole'
    proxy.applyToAll({ kind: 'black-hole' })
    return async () => {
      proxy.door = 'open'
    }
  },
  'Redis becomes a replica': async ({ redis }) => {
    await redis.ask('REPLICAOF 127.0.0.1 1')
    return async () => void (await redis.ask('REPLICAOF NO ONE'))
  },
}

/** The connections are gone; new ones are there at once. */
const passing: Readonly<Record<string, Harm>> = {
  'the subscribed connections are killed': async ({ redis }) => {
    await redis.ask('CLIENT KILL TYPE pubsub')
    return async () => {}
  },
  'the publishing connections are killed': async ({ redis }) => {
    await redis.ask('CLIENT KILL TYPE normal')
    return async () => {}
  },
  'answers are lost': async ({ proxy }) => {
    proxy.applyToAll({ kind: 'half-open', dead: 'down' })
    return async () => {}
  },
  'what is sent is lost': async ({ proxy }) => {
    proxy.applyToAll({ kind: 'half-open', dead: 'up' })
    return async () => {}
  },
}

describe.runIf(redisIsThere)('two nodes and their Redis', () => {
  async function scene() {
    const redis = await startPrivateRedis()
    const proxy = await startTcpProxy({ targetPort: redis.port })
    const nodes = await startNodes(`redis://127.0.0.1:${proxy.port}`)
    return {
      ...{ redis, proxy, nodes },
      async [Symbol.asyncDispose]() {
        await nodes[Symbol.asyncDispose]()
        await proxy.close()
        await redis[Symbol.asyncDispose]()
      },
    }
  }
  const readiness = (nodes: Awaited<ReturnType<typeof startNodes>>) => Promise.all([nodes.here.ready(), nodes.there.ready()])

  it.each(Object.entries(lasting))(
    '[HLT1] [HLT2] are not ready while %s, are again after it, and keep their connections',
    async (_, harm) => {
      await using set = await scene()
      const { nodes } = set
      expect(await nodes.flows()).toBe(true)
      for (const round of [1, 2]) {
        const end = await harm(set)
        await eventually('neither is ready', async () => (await readiness(nodes)).every((ready) => !ready), { ms: 5_000 })
        expect(await nodes.flows()).toBe(false)
        await end()
        await eventually('both are ready', async () => (await readiness(nodes)).every((ready) => ready), { ms: 30_000 })
        expect(await nodes.flows()).toBe(true)
        expect([nodes.here.restored, nodes.there.restored]).toEqual([round, round])
      }
      expect(nodes.breaks).toBe(0)
    },
  )

  it.each(Object.entries(passing))('[HLT2] notice when %s, and connect again', async (_, harm) => {
    await using set = await scene()
    const { nodes } = set
    for (const round of [1, 2]) {
      await harm(set)
      await eventually('both have connected again', () => nodes.here.restored >= round && nodes.there.restored >= round)
      await eventually('both are ready', async () => (await readiness(nodes)).every((ready) => ready))
      expect(await nodes.flows()).toBe(true)
      expect([nodes.here.restored, nodes.there.restored]).toEqual([round, round])
    }
    expect(nodes.breaks).toBe(0)
  })
})
