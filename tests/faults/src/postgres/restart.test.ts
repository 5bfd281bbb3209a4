import { createClient } from '@millrace/client'
import { channel, defineContract, event } from '@millrace/contract'
import type { ChannelKey, Store } from '@millrace/server'
import { type PostgresSettings, postgresStore } from '@millrace/server/postgres'
import { startTestServer } from '@millrace/server/testing'
import { eventually, startPrivatePostgres, systemClock, within } from '@millrace-tests/support'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startTcpProxy } from '../tcp-proxy.ts'
import { type HandedOver, startNode } from './node-process.ts'
import { postgresIsThere } from './test-server.ts'

// Holds: written as `channelKey` does for this tenant.
const mill = 'acme/mill:1' as ChannelKey
const publication = (id: string) => ({ event: 'e', json: '{}', id, time: 1 })
const entry = (id: string) => ({ ...publication(id), channel: mill, delivery: 'durable' }) as const

async function openStore(url: string, settings: PostgresSettings = {}) {
  const store = await postgresStore({ url, ...settings })
  return { store, [Symbol.asyncDispose]: () => store.close() }
}

async function transact(url: string, store: Store, id: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN')
  await store.outbox.write(client, [entry(id)])
  await client.query('COMMIT')
  await client.end()
}

async function idsOf(store: Store): Promise<readonly string[]> {
  const page = await store.log.read(mill, { ...(await store.log.head(mill)), offset: 0 }, 1_000_000)
  return page.kind === 'page' ? page.publications.map(({ id }) => id) : []
}

/** Publishes one after the other until it is stopped; keeps what was acknowledged, and how the rest failed. */
function publishing(store: Store) {
  const acknowledged: string[] = []
  const failures: unknown[] = []
  let going = true
  async function run(): Promise<void> {
    for (let n = 0; going; n += 1) {
      try {
        await store.log.append(mill, publication(`p${n}`))
        acknowledged.push(`p${n}`)
      } catch (error) {
        failures.push(error)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }
  const done = run()
  async function stop(): Promise<void> {
    going = false
    await done
  }
  return { acknowledged, failures, stop }
}

describe.runIf(postgresIsThere)('a store whose PostgreSQL goes away', () => {
  it('[HLT2] [LOG2] loses nothing acknowledged in a restart and in a crash, and goes on by itself', async () => {
    await using server = await startPrivatePostgres()
    await using opened = await openStore(server.url)
    const { store } = opened
    const handed: string[] = []
    store.outbox.listen((envelopes) => handed.push(...envelopes.map(({ id }) => id)))
    const { epoch } = await store.log.head(mill)
    const publisher = publishing(store)
    for (const how of ['fast', 'crash'] as const) {
      const before = publisher.acknowledged.length
      await eventually('publications', () => publisher.acknowledged.length > before + 100)
      await transact(server.url, store, how)
      await server.stop(how)
      await expect(store.check()).rejects.toMatchObject({ code: 'unavailable', retry: true })
      await expect(store.log.head(mill)).rejects.toMatchObject({ code: 'unavailable' })
      const down = publisher.acknowledged.length
      await server.start()
      await within(
        5_000,
        'the store is back',
        eventually('a publication', () => publisher.acknowledged.length > down),
      )
      await eventually('the store is ready', () =>
        store.check().then(
          () => true,
          () => false,
        ),
      )
      await eventually('the committed one is handed over', () => handed.includes(how))
    }
    await publisher.stop()
    for (const failure of publisher.failures) expect(failure).toMatchObject({ code: 'unavailable', retry: true })
    const kept = await idsOf(store)
    expect(publisher.acknowledged.filter((id) => !kept.includes(id))).toEqual([])
    expect((await store.log.head(mill)).epoch).toBe(epoch)
  })

  it('[LOG6] begins a new epoch after a crash where commits were acknowledged before they were on the disk, and not after a restart', async () => {
    await using server = await startPrivatePostgres()
    await using opened = await openStore(server.url, { durability: 'normal' })
    const { store } = opened
    const isBack = () =>
      store.check().then(
        () => true,
        () => false,
      )
    const { position } = await store.log.append(mill, publication('a'))
    const revision = await store.log.retain(mill, 'k', publication('r'))
    await server.stop('fast')
    await server.start()
    await eventually('the store is back', isBack)
    expect((await store.log.head(mill)).epoch).toBe(position.epoch)
    const { mark } = await store.log.changes(null)
    await server.stop('crash')
    await server.start()
    await eventually('the store is back', isBack)
    const { epoch } = await store.log.head(mill)
    expect(epoch).not.toBe(position.epoch)
    expect((await store.log.changes(mark)).heads).toBeNull()
    expect(await store.log.retain(mill, 'k', publication('r'))).toBeGreaterThan(revision)
    // Once for the crash, however many connections are made after it.
    await using peer = await openStore(server.url)
    expect((await peer.store.log.head(mill)).epoch).toBe(epoch)
  })

  it('[HLT2] [HLT1] keeps its clients, is not ready in between, and delivers to them what was published before and after', async () => {
    await using server = await startPrivatePostgres()
    await using opened = await openStore(server.url)
    const contract = defineContract({ channels: { mill: channel('mill:{id}', { events: { e: event(z.object({ n: z.number() })) } }) } })
    const mill1 = contract.channels.mill({ id: '1' })
    const node = await startTestServer({ contract, store: opened.store, clock: systemClock, policy: { mill: () => true } })
    const token = await node.mint({ userId: 'asha' })
    const client = createClient({ contract, url: node.url, token: () => token })
    const heard: number[] = []
    client.channel(mill1).on('e', ({ n }) => heard.push(n))
    try {
      await eventually('live', () => client.channel(mill1).status.getSnapshot().state === 'live')
      const { connections } = await node.rt.health()
      const before = client.connection.getSnapshot()
      const ready = async () => (await node.rt.health()).ready
      await node.rt.publish(mill1, 'e', { n: 1 })
      await server.stop('crash')
      await eventually('not ready', async () => !(await ready()))
      await expect(node.rt.publish(mill1, 'e', { n: 0 })).rejects.toMatchObject({ code: 'unavailable' })
      await server.start()
      await eventually('ready', ready, { ms: 10_000 })
      await node.rt.publish(mill1, 'e', { n: 2 })
      await eventually('both', () => heard.length === 2)
      expect(heard).toEqual([1, 2])
      expect((await node.rt.health()).connections).toBe(connections)
      expect(client.connection.getSnapshot()).toEqual(before)
    } finally {
      client.close()
      await node.close()
    }
  })

  it('[LOG6] begins a new epoch on the timeline of a promoted standby, under nodes that run', async () => {
    await using server = await startPrivatePostgres()
    await using opened = await openStore(server.url)
    const { store } = opened
    const { position } = await store.log.append(mill, publication('a'))
    await server.promote()
    await eventually('the store is back', () =>
      store.check().then(
        () => true,
        () => false,
      ),
    )
    expect(await store.log.read(mill, position, 10)).toMatchObject({ kind: 'gap', why: 'new-epoch', head: { offset: 1 } })
    const next = await store.log.append(mill, publication('b'))
    expect(next.position.offset).toBe(2)
    expect(next.position.epoch).not.toBe(position.epoch)
  })

  it('[HLT2] gives up connections that have fallen silent, and makes others', async () => {
    await using server = await startPrivatePostgres()
    await using proxy = await startTcpProxy({ targetPort: server.port })
    const url = server.url.replace(String(server.port), String(proxy.port))
    await using opened = await openStore(url, { queryTimeoutMs: 500, connectTimeoutMs: 500 })
    const { store } = opened
    const handed: string[] = []
    store.outbox.listen((envelopes) => handed.push(...envelopes.map(({ id }) => id)))
    await store.log.append(mill, publication('before'))
    proxy.door = 'black-hole'
    proxy.applyToAll({ kind: 'black-hole' })
    await expect(store.log.append(mill, publication('lost?'))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.check()).rejects.toMatchObject({ code: 'unavailable' })
    await transact(server.url, store, 'meanwhile')
    proxy.door = 'open'
    await eventually('the store is back', () =>
      store.check().then(
        () => true,
        () => false,
      ),
    )
    await eventually('it is handed over', () => handed.includes('meanwhile'))
    expect(await idsOf(store)).toEqual(expect.arrayContaining(['before', 'meanwhile']))
  })

  it('[HLT2] [OUT1] has another node relay within 2 s of the death, or the silence, of the one that did', async () => {
    await using server = await startPrivatePostgres()
    await using opened = await openStore(server.url)
    const handed = new Map<string, { readonly by: number; readonly at: number }>()
    const start = (index: number) => startNode(server.url, ({ id, at }: HandedOver) => void handed.set(id, { by: index, at }))
    const nodes = [await start(0), await start(1)]
    try {
      await transact(server.url, opened.store, 'first')
      await eventually('somebody relays', () => handed.has('first'))
      for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
        const leader = [...handed.values()].at(-1)?.by ?? 0
        nodes[leader]?.signal(signal)
        const at = Date.now()
        await transact(server.url, opened.store, signal)
        await eventually('the other relays', () => handed.has(signal))
        expect(handed.get(signal)?.by).not.toBe(leader)
        expect((handed.get(signal)?.at ?? 0) - at).toBeLessThan(2_000)
        if (signal === 'SIGKILL') nodes[leader] = await start(leader)
      }
    } finally {
      for (const node of nodes) await node.kill()
    }
    expect(await idsOf(opened.store)).toEqual(['first', 'SIGKILL', 'SIGSTOP'])
  })
})
