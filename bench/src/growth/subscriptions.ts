import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'

const atOnce = 1_000

/** What a Redis keeps of a subscription, to channels of people or to one that all connections share. Redis 7 or newer. */
export async function measureSubscriptions(url: string, count: number): Promise<Readonly<Record<string, number>>> {
  const [asking, first, second] = [new Redis(url), new Redis(url), new Redis(url)]
  const prefix = `millrace-growth-${process.pid}:`
  const memory = async (): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await asking.info('memory'))?.[1])
  const take = async (redis: Redis): Promise<number> => {
    const start = performance.now()
    for (let from = 0; from < count; from += atOnce)
      await redis.ssubscribe(...Array.from({ length: atOnce }, (_, index) => `${prefix}acme/user:user-${from + index}`))
    return performance.now() - start
  }
  try {
    await Promise.all([asking, first, second].map((redis) => redis.ping()))
    const before = await memory()
    const tookMs = await take(first)
    const alone = await memory()
    await take(second)
    const shared = await memory()
    return {
      subscriptions: count,
      'bytes of the first subscription to a channel': (alone - before) / count,
      'bytes of a further one': (shared - alone) / count,
      'subscriptions a second': (count * 1_000) / tookMs,
    }
  } finally {
    for (const redis of [asking, first, second]) redis.disconnect()
  }
}

const perTurn = 5
const turns = 200
const turnMs = 10
/** As a publication of 150 bytes is on its way. */
const messageBytes = 400

/** What it costs Redis to pass a message to so many nodes, when it is 500 a second. */
export async function measureFanOut(url: string, nodes: number): Promise<Readonly<Record<string, number>>> {
  const publisher = new Redis(url)
  const subscribers = Array.from({ length: nodes }, () => new Redis(url))
  const channel = `millrace-growth-${process.pid}:everyone`
  const cpuUs = async (): Promise<number> => {
    const info = await publisher.info('cpu')
    return [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].reduce((sum, [, seconds]) => sum + Number(seconds) * 1e6, 0)
  }
  try {
    await Promise.all(subscribers.map((redis) => redis.ssubscribe(channel)))
    const message = 'x'.repeat(messageBytes)
    const start = await cpuUs()
    for (let turn = 0; turn < turns; turn++) {
      await Promise.all(Array.from({ length: perTurn }, () => publisher.spublish(channel, message)))
      await pause(turnMs)
    }
    const us = (await cpuUs()) - start
    const publications = turns * perTurn
    return { nodes, 'µs of Redis per publication': us / publications, 'µs of Redis per message that it sends': us / (publications * nodes) }
  } finally {
    for (const redis of [publisher, ...subscribers]) redis.disconnect()
  }
}
