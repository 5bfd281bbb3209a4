import type { ChannelName } from '@millrace/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import type { OutboxDraft } from '../outbox/port.ts'
import { lookStatement } from './mover.ts'
import { newClient, type OpenStore, openStore, postgresIsThere } from './test-subjects.ts'

// Holds: names as a pattern would format them.
const [mill, other] = ['mill:1', 'mill:2'].map((name) => channelKey('acme', name as ChannelName)) as [never, never]
const publication = (id: string) => ({ event: 'e', json: '{}', id, time: 1 })
const entry = (id: string, channel = mill) => ({ ...publication(id), channel, delivery: 'durable' }) as const

describe.runIf(postgresIsThere)('a transaction that has published and stays open', () => {
  let opened: OpenStore
  const handed: string[] = []
  let onHanded = (): void => undefined

  beforeEach(async () => {
    handed.length = 0
    opened = await openStore()
    opened.store.outbox.listen((envelopes) => {
      handed.push(...envelopes.map(({ id }) => id))
      onHanded()
    })
  })
  afterEach(() => opened.close())

  const until = (id: string) =>
    new Promise<void>((resolve) => {
      onHanded = () => {
        if (handed.includes(id)) resolve()
      }
      onHanded()
    })
  async function begin() {
    const client = await newClient(opened.url)
    await client.query('BEGIN')
    return client
  }
  async function transact(id: string, channel = mill): Promise<void> {
    const client = await begin()
    await opened.store.outbox.write(client, [entry(id, channel)])
    await client.query('COMMIT')
    await client.end()
  }

  it('[OUT3] [OUT2] holds up nobody, on its channels and on others, and comes where its commit puts it', async () => {
    const { store } = opened
    const open = await begin()
    await store.outbox.write(open, [entry('open 1'), entry('open 2', other)])
    for (const channel of [mill, other]) {
      await transact(`tx ${channel}`, channel)
      await until(`tx ${channel}`)
      await store.log.append(channel, publication(`direct ${channel}`))
      await store.log.retain(channel, 'k', publication(`retained ${channel}`))
    }
    expect((await store.log.head(mill)).offset).toBe(2)
    await open.query('COMMIT')
    await until('open 2')
    await transact('after')
    await until('after')
    const page = await store.log.read(mill, { ...(await store.log.head(mill)), offset: 0 }, 10)
    expect(page.kind === 'page' && page.publications.map(({ id }) => id)).toEqual([`tx ${mill}`, `direct ${mill}`, 'open 1', 'after'])
    await open.end()
  })

  it('[OUT2] is passed by what took a lower number and committed later, and skips none of it', async () => {
    const { store } = opened
    const [low, high] = [await begin(), await begin()]
    await store.outbox.write(low, [entry('low')])
    await store.outbox.write(high, [entry('high')])
    await high.query('COMMIT')
    await until('high')
    await store.outbox.write(low, [entry('low too')])
    await low.query('COMMIT')
    await until('low too')
    expect(handed).toEqual(['high', 'low', 'low too'])
    await low.end()
    await high.end()
  })

  it('[OUT3] leaves behind nothing that others walk through: what has moved is never looked at again', async () => {
    const { store, app } = opened
    const open = await begin()
    await store.outbox.write(open, [entry('open')])
    for (let round = 0; round < 20; round += 1) {
      await app.query('BEGIN')
      await store.outbox.write(
        app,
        Array.from({ length: 500 }, (_, n) => entry(`r${round}.${n}`)),
      )
      await app.query('COMMIT')
      await until(`r${round}.499`)
    }
    // As the relay looks, with what it has seen: rows that are dead, and that no vacuum can remove, are not among what it reads.
    const look = async (seen: string) => {
      const { rows } = await app.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${lookStatement}`, [seen, null, true])
      const plan = rows[0]['QUERY PLAN'][0].Plan
      return plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
    }
    await app.query('SET enable_seqscan = off')
    const { rows } = await app.query('SELECT pg_current_snapshot()::text AS now')
    const all = await look('1:1:')
    expect(all).toBeGreaterThan(100)
    expect(await look(rows[0].now)).toBeLessThan(all / 5)
    await open.query('ROLLBACK')
    await open.end()
  })

  it('[OUT2] on another node, an append comes behind what was committed before it, relayed or not', async () => {
    const peer = await opened.peer()
    for (let round = 0; round < 10; round += 1) {
      await transact(`tx${round}`)
      const { position } = await peer.store.log.append(mill, publication(`d${round}`))
      expect(position.offset).toBe(2 * round + 2)
    }
    await peer.close()
  })

  it('[OUT4] leaves what SQL has published to a node that knows the contract, and goes on with the rest', async () => {
    const { app, store } = opened
    const { rows } = await app.query(`SELECT millrace.publish('mill:1', 'e', '{}', tenant => 'acme') AS id`)
    const { id } = rows[0]
    for (let round = 0; round < 3; round += 1) {
      await transact(`tx${round}`)
      await until(`tx${round}`)
      await store.log.append(mill, publication(`d${round}`))
    }
    expect(handed).not.toContain(id)
    const peer = await opened.peer()
    const judged = new Promise<string>((resolve) => {
      const admit = (draft: OutboxDraft) => ({ kind: 'admitted', entry: { ...draft, delivery: 'durable' } }) as const
      peer.store.outbox.listen(([first]) => resolve(first?.id ?? ''), admit)
    })
    // The first node gives up the lead as it ends.
    await store.close()
    expect(await judged).toBe(id)
    await peer.close()
  })

  it('[HLT1] is not ready while the outbox cannot be emptied, and is again when it can', async () => {
    const { app, store } = opened
    const ready = () =>
      store.check().then(
        () => true,
        () => false,
      )
    const become = async (state: boolean) => {
      while ((await ready()) !== state) await new Promise((resolve) => setImmediate(resolve))
    }
    await app.query('ALTER TABLE millrace.retained RENAME TO elsewhere')
    await app.query('BEGIN')
    await store.outbox.write(app, [{ ...entry('r'), delivery: 'retained' }])
    await app.query('COMMIT')
    await become(false)
    await app.query('ALTER TABLE millrace.elsewhere RENAME TO retained')
    await until('r')
    await become(true)
  })

  it('[OUT1] moves a backlog that many looks are needed for, in order', { timeout: 60_000 }, async () => {
    const { app, store, url } = opened
    await store.close()
    await app.query(`INSERT INTO millrace.outbox (channel, checked, delivery, event, json, id, time)
      SELECT 'acme/mill:' || (n % 3), true, 'durable', 'e', '{}', 'b' || n, 1 FROM generate_series(0, 44999) n`)
    const peer = await openStore({}, url)
    const order: string[] = []
    const done = new Promise<void>((resolve) => {
      peer.store.outbox.listen((envelopes) => {
        order.push(...envelopes.map((one) => one.id))
        if (order.length === 45_000) resolve()
      })
    })
    // Comes behind all of it, on the way.
    const { position } = await peer.store.log.append(mill, publication('direct'))
    expect(position.offset).toBe(15_001)
    await done
    for (const rest of [0, 1, 2]) {
      const its = order.map((one) => Number(one.slice(1))).filter((n) => n % 3 === rest)
      expect(its).toEqual(Array.from({ length: 15_000 }, (_, n) => 3 * n + rest))
    }
    await peer.close()
  })

  it('[OUT2] keeps a retained value that was set after the commit', async () => {
    const { store, app } = opened
    for (let round = 0; round < 10; round += 1) {
      await app.query('BEGIN')
      await store.outbox.write(app, [{ ...entry(`tx${round}`), delivery: 'retained', key: 'k' }])
      await app.query('COMMIT')
      await store.log.retain(mill, 'k', publication(`direct${round}`))
      expect((await store.log.retained(mill)).map(({ id }) => id)).toEqual([`direct${round}`])
    }
  })
})
