import { join } from 'node:path'
import { memoryStore } from '@millrace/server'
import { rabbitPublisher } from '@millrace/server/rabbitmq'
import { sqliteStore } from '@millrace/server/sqlite'
import { eventually, pause, seededRandom, seedFromEnvironment, startChildServer, tempFolder } from '@millrace-tests/support'
import { afterAll, describe, expect, it } from 'vitest'
import { type Fault, startTcpProxy } from '../tcp-proxy.ts'
import { openYard, publishedIn, purchase, rabbit } from './yard.ts'

const seed = seedFromEnvironment('FAULTS_SEED')
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`)
const sorted = (ids: readonly string[]) => [...ids].sort()

async function brokenWay() {
  if (rabbit === null) throw new Error('there is no RabbitMQ')
  const proxy = await startTcpProxy({ targetPort: rabbit.port })
  const url = new URL(rabbit.url)
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  return { proxy, url: url.href }
}

afterAll(() => rabbit?.[Symbol.asyncDispose]())

describe.runIf(rabbit !== null)(`RabbitMQ behind a network that breaks (run again with FAULTS_SEED=${seed})`, () => {
  it('[ING5] publishes every message once while connections are cut, in the middle of frames as it may be', async () => {
    const random = seededRandom(seed)
    const { proxy, url } = await brokenWay()
    await using yard = await openYard()
    const ingress = await yard.ingress({ url, prefetch: 20, maxRedeliveries: 1_000 })
    const ids = numbered(3_000)
    const wrong = Array.from({ length: 30 }, (_, index) => ({ id: `wrong${index}`, body: { wrong: true } }))
    await yard.put([...ids.map((id) => purchase(id)), ...wrong])
    let cuts = 0
    while ((await yard.waiting()) > 0) {
      const fault: Fault = random.chance(0.5)
        ? { kind: 'reset' }
        : { kind: 'cut-after', bytes: random.int(1, 3_000), direction: random.chance(0.5) ? 'up' : 'down' }
      proxy.applyToAll(fault)
      cuts += 1
      await eventually('it consumes again', () => ingress.status().state === 'consuming', { ms: 20_000 })
      await pause(random.int(0, 150))
    }
    await eventually('all are published', async () => (await yard.published('acme', '7')).length >= ids.length, { ms: 20_000 })
    // What was taken back when the last connection was cut comes again.
    await eventually('nothing waits', async () => (await yard.waiting()) === 0 && ingress.status().state === 'consuming', { ms: 20_000 })
    await ingress.close()
    expect(await yard.waiting()).toBe(0)
    expect(sorted(await yard.published('acme', '7'))).toEqual(sorted(ids))
    const dead = new Set((await yard.takeDead()).map(({ properties }) => String(properties.messageId)))
    expect(sorted([...dead])).toEqual(sorted(wrong.map(({ id }) => id)))
    expect(cuts).toBeGreaterThan(2)
    await proxy.close()
  })

  it('[ING5] notices a connection that is silent, and a broker that refuses, and goes on when it is back', async () => {
    const { proxy, url } = await brokenWay()
    await using yard = await openYard()
    const ingress = await yard.ingress({ url, heartbeatSeconds: 1 })
    await yard.put([purchase('before')])
    await eventually('the first', () => ingress.status().published === 1)
    proxy.door = 'black-hole'
    proxy.applyToAll({ kind: 'black-hole' })
    await yard.put([purchase('in silence')])
    await eventually('the silence is noticed', () => ingress.status().state === 'connecting', { ms: 10_000 })
    await expect(ingress.parked()).rejects.toMatchObject({ code: 'unavailable' })
    proxy.door = 'refuse'
    proxy.applyToAll({ kind: 'reset' })
    const tried = proxy.accepted
    await eventually('it tries again', () => proxy.accepted > tried + 1, { ms: 20_000 })
    proxy.door = 'open'
    await eventually('it is back', async () => (await yard.published('acme', '7')).length === 2, { ms: 20_000 })
    expect(await yard.published('acme', '7')).toEqual(['before', 'in silence'])
    proxy.door = 'black-hole'
    proxy.applyToAll({ kind: 'black-hole' })
    const started = performance.now()
    await ingress.close()
    expect(performance.now() - started).toBeLessThan(5_000)
    await proxy.close()
  })

  it('[ING5] says in time that RabbitMQ does not answer at the start', async () => {
    const { proxy, url } = await brokenWay()
    await using yard = await openYard()
    await (await yard.ingress()).close()
    for (const door of ['refuse', 'black-hole'] as const) {
      proxy.door = door
      await expect(yard.ingress({ url, startWithinMs: 1_000 })).rejects.toMatchObject({ code: 'unavailable', retry: true })
    }
    await proxy.close()
  })

  it('[ING5] keeps what a publisher sends while its connections are cut: what it confirms has arrived, once each', async () => {
    const random = seededRandom(seed + 1)
    const { proxy, url } = await brokenWay()
    await using yard = await openYard()
    const ingress = await yard.ingress()
    const publisher = await rabbitPublisher({ url, logger: yard.log })
    const ids = numbered(1_000)
    const confirmed: string[] = []
    for (let from = 0; from < ids.length; from += 50) {
      const sent = ids.slice(from, from + 50).map(async (id) => {
        await publisher.publish(yard.queue, { id, ...purchase(id).body })
        confirmed.push(id)
      })
      if (random.chance(0.4))
        proxy.applyToAll({ kind: 'cut-after', bytes: random.int(1, 8_000), direction: random.chance(0.5) ? 'up' : 'down' })
      await Promise.all(sent)
    }
    expect(sorted(confirmed)).toEqual(sorted(ids))
    await eventually('all are published', async () => (await yard.published('acme', '7')).length >= ids.length, { ms: 20_000 })
    expect(sorted(await yard.published('acme', '7'))).toEqual(sorted(ids))
    expect(await ingress.parked()).toBe(0)
    await publisher.close()
    await proxy.close()
  })

  it('[ING5] publishes every message once when consumers are killed in the middle', async () => {
    const random = seededRandom(seed + 2)
    await using folder = await tempFolder('rabbitmq')
    await using yard = await openYard()
    await (await yard.ingress()).close()
    const file = join(folder.path, 'log.db')
    const ids = numbered(2_000)
    const env = { QUEUE: yard.queue, FILE: file, URL: yard.url }
    const consumer = () => startChildServer({ entry: new URL('consumer.ts', import.meta.url), env })
    let waiting = ids.length
    await yard.put(ids.map((id) => purchase(id)))
    for (let kills = 0; kills < 3; kills++) {
      const process = await consumer()
      const before = waiting
      await eventually('it works', async () => (await yard.waiting()) < before - random.int(1, 150), { ms: 20_000 })
      await process.kill()
      waiting = await yard.waiting()
    }
    expect(waiting).toBeGreaterThan(0)
    const last = await consumer()
    const store = sqliteStore({ path: file })
    await eventually('all are published', async () => (await publishedIn(store, 'acme', '7')).length >= ids.length, { ms: 30_000 })
    await eventually('nothing waits', async () => (await yard.waiting()) === 0)
    await last.kill()
    // What it had published and not acknowledged comes again.
    const end = await consumer()
    await eventually('nothing waits', async () => (await yard.waiting()) === 0)
    await end.kill()
    expect(sorted(await publishedIn(store, 'acme', '7'))).toEqual(sorted(ids))
    expect(await yard.takeDead()).toEqual([])
    await store.close()
  })

  it('[ING6] parks the message that its consumers die of, and publishes all that were in work beside it', async () => {
    await using folder = await tempFolder('rabbitmq')
    await using yard = await openYard()
    await (await yard.ingress()).close()
    const file = join(folder.path, 'log.db')
    const ids = numbered(60)
    await yard.put([...ids.slice(0, 30), 'deadly', ...ids.slice(30)].map((id) => purchase(id)))
    const env = { QUEUE: yard.queue, FILE: file, URL: yard.url, POISON: 'deadly', MAX_REDELIVERIES: '3' }
    let starts = 0
    let died = true
    while (died) {
      const consumer = await startChildServer({ entry: new URL('consumer.ts', import.meta.url), env })
      starts += 1
      const isOver = async () => !consumer.alive || (await yard.waiting()) === 0
      await eventually('it is over', isOver, { ms: 20_000 })
      // The last ones are delivered, and in work, while nothing waits.
      await pause(1_000)
      died = !consumer.alive
      await consumer.kill()
    }
    const store = sqliteStore({ path: file })
    expect(sorted(await publishedIn(store, 'acme', '7'))).toEqual(sorted(ids))
    expect((await yard.takeDead()).map(({ properties }) => [properties.messageId, properties.headers?.['millrace-code']])).toEqual([
      ['deadly', 'poison'],
    ])
    expect(starts).toBe(5)
    await store.close()
  })
})

describe.runIf(rabbit !== null)('a server that is not ready', () => {
  it('[ING7] takes no messages', async () => {
    const store = memoryStore()
    let broken = true
    const check = store.check
    store.check = () => (broken ? Promise.reject(new Error('down')) : check())
    await using yard = await openYard({ store })
    await eventually('it is not ready', async () => !(await yard.rt.health()).ready, { ms: 10_000 })
    const ingress = await yard.ingress()
    await yard.put([purchase('p1')])
    expect(ingress.status()).toMatchObject({ state: 'waiting', published: 0 })
    expect(await yard.waiting()).toBe(1)
    broken = false
    await eventually('it is published', () => ingress.status().published === 1, { ms: 10_000 })
  })
})
