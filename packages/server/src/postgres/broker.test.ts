import type { ChannelName } from '@millrace/contract'
import { Pool } from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { describeBrokerConformance } from '../broker/conformance.ts'
import type { Broker, Envelope } from '../broker/port.ts'
import { bucketOf } from '../broker/postgres-interest.ts'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import { ConfigurationError } from '../configuration-error.ts'
import { type PostgresBrokerOptions, postgresBroker } from './broker.ts'
import { newClient, newDatabase, postgresIsThere } from './test-subjects.ts'

// Holds: written as a pattern would format them.
const key = (name: string): ChannelKey => channelKey('acme', name as ChannelName)
const mill = key('mill:7')

function envelope(id: string, more: Partial<Envelope> = {}): Envelope {
  return { channel: mill, delivery: 'volatile', event: 'noted', json: '{}', id, time: 1, ...more }
}

const opened: Broker[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((broker) => broker.close()))
})

async function open(options: PostgresBrokerOptions): Promise<Broker> {
  const broker = await postgresBroker(options)
  opened.push(broker)
  return broker
}

/** What a broker brings, and promises for what is still to come. */
function listenTo(broker: Broker) {
  const heard: Envelope[] = []
  const waiting: { readonly until: () => boolean; readonly resolve: () => void }[] = []
  let restored = 0
  const look = () => {
    for (const { until, resolve } of waiting) if (until()) resolve()
  }
  broker.listen(
    (envelope) => {
      heard.push(envelope)
      look()
    },
    () => {
      restored += 1
      look()
    },
  )
  const wait = (until: () => boolean) => (until() ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ until, resolve })))
  return {
    heard,
    ids: () => heard.map(({ id }) => id),
    received: (count: number) => wait(() => heard.length >= count),
    restored: (times: number) => wait(() => restored >= times),
  }
}

describe.runIf(postgresIsThere)('PostgreSQL', () => {
  describeBrokerConformance({
    name: 'postgres',
    async create(nodes) {
      const url = await newDatabase()
      return Promise.all(Array.from({ length: nodes }, () => postgresBroker({ url })))
    },
  })

  it('[DLV1] carries everything around the size that one notification takes, and a megabyte, in order', async () => {
    const url = await newDatabase()
    const [here, there] = [await open({ url }), await open({ url })]
    const inbox = listenTo(there)
    await there.subscribe(mill)
    const sizes = [...Array.from({ length: 400 }, (_, index) => 7_600 + index), 1_048_576, 1, 200_000, 15_800]
    const sent = sizes.map((size, index) =>
      envelope(`${index}`, { json: `"${(index % 2 === 0 ? 'a' : '漢').repeat(size)}"`.slice(0, size) }),
    )
    await Promise.all(sent.map((each) => here.publish(each)))
    await inbox.received(sent.length)
    expect(inbox.heard).toEqual(sent)
  })

  it('[CHN6] carries whatever characters names and data hold', async () => {
    const url = await newDatabase()
    const [here, there] = [await open({ url }), await open({ url })]
    const inbox = listenTo(there)
    const odd = [
      'a"b',
      "a'b",
      'a\\b',
      '{a,b}',
      'NULL',
      '$1',
      'a;b',
      'é',
      '漢',
      '😀',
      '\u0000',
      '\u001e',
      '\n',
      '\ud800',
      ' ',
      '%',
      'x'.repeat(256),
    ]
    const sent = odd.map((text) =>
      envelope(text, {
        channel: key(`doc:${text}`),
        event: text,
        key: text,
        json: JSON.stringify({ [text]: text }),
        actor: { id: text, name: text },
      }),
    )
    await Promise.all(sent.map(({ channel }) => there.subscribe(channel)))
    await Promise.all(sent.map((each) => here.publish(each)))
    await inbox.received(sent.length)
    expect(inbox.heard).toEqual(sent)
  })

  it('[DLV1] carries a message that is the same as the one before', async () => {
    const url = await newDatabase()
    const broker = await open({ url })
    const inbox = listenTo(broker)
    await broker.subscribe(mill)
    await Promise.all([broker.publish(envelope('a')), broker.publish(envelope('a')), broker.publish(envelope('a'))])
    await inbox.received(3)
    expect(inbox.ids()).toEqual(['a', 'a', 'a'])
  })

  it('[LOG3] keeps the order of each of several publishers in each channel', async () => {
    const url = await newDatabase()
    const publishers = await Promise.all(Array.from({ length: 4 }, () => open({ url })))
    const reader = await open({ url })
    const inbox = listenTo(reader)
    const channels = Array.from({ length: 5 }, (_, index) => key(`mill:${index}`))
    await Promise.all(channels.map((channel) => reader.subscribe(channel)))
    const each = 1_000
    await Promise.all(
      publishers.map((publisher, who) =>
        Promise.all(
          Array.from({ length: each }, (_, index) =>
            publisher.publish(envelope(`${who}/${index}`, { channel: channels[index % 5] ?? mill })),
          ),
        ),
      ),
    )
    await inbox.received(4 * each)
    for (const [who] of publishers.entries())
      expect(inbox.ids().filter((id) => id.startsWith(`${who}/`))).toEqual(Array.from({ length: each }, (_, index) => `${who}/${index}`))
  })

  it('[DLV1] has 10,000 subscriptions in force, all of them again on a new connection, and none when they are given up', async () => {
    const url = await newDatabase()
    const [here, there] = [await open({ url }), await open({ url })]
    const [publisher, inbox] = [listenTo(here), listenTo(there)]
    const channels = Array.from({ length: 10_000 }, (_, index) => key(`doc:${index}`))
    await Promise.all(channels.map((channel) => there.subscribe(channel)))
    const publishAll = () => Promise.all(channels.map((channel) => here.publish(envelope(channel, { channel }))))
    await publishAll()
    await inbox.received(10_000)
    await cutAll(url)
    await Promise.all([publisher.restored(1), inbox.restored(1)])
    await publishAll()
    await inbox.received(20_000)
    expect(inbox.ids()).toEqual([...channels, ...channels])
    await Promise.all(channels.map((channel) => there.unsubscribe(channel)))
    await publishAll()
    await there.check()
    expect(inbox.heard).toHaveLength(20_000)
  })

  it('[HLT2] refuses while its connection is gone, takes subscriptions, and hears them all when it says that it is back', async () => {
    const url = await newDatabase()
    const [here, there] = [await open({ url }), await open({ url })]
    const inbox = listenTo(there)
    await there.subscribe(mill)
    await here.publish(envelope('before'))
    await inbox.received(1)
    const admin = await newClient(url)
    // A database that takes no connections stays lost until it does.
    await admin.query(`UPDATE pg_database SET datallowconn = false WHERE datname = current_database()`)
    const lost = refusing(there)
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    await lost
    await expect(there.publish(envelope('refused'))).rejects.toMatchObject({ code: 'unavailable', retry: true })
    await expect(there.check()).rejects.toMatchObject({ code: 'unavailable' })
    const other = key('mill:8')
    await there.subscribe(other)
    await there.unsubscribe(mill)
    await admin.query(`UPDATE pg_database SET datallowconn = true WHERE datname = current_database()`)
    await inbox.restored(1)
    await there.publish(envelope('not held', { channel: mill }))
    await there.publish(envelope('after', { channel: other }))
    await inbox.received(2)
    expect(inbox.ids()).toEqual(['before', 'after'])
    await admin.end()
  })

  it('[TEN2] ignores what others notify', async () => {
    const url = await newDatabase()
    const broker = await open({ url })
    const inbox = listenTo(broker)
    await broker.subscribe(mill)
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const client = await newClient(url)
    const foreign = [
      '',
      'hello',
      '1:a:0:1:',
      '1:a:0:1:{}\n{}',
      '1:a:0:1:{"channel":"acme/mill:7"}\n{}',
      '1:a:1:2:rest',
      '1:a:0:2:beginning',
    ]
    for (const payload of foreign) await client.query('SELECT pg_notify($1, $2)', [bucketOf(mill), payload])
    await client.end()
    await broker.publish(envelope('ours'))
    await inbox.received(1)
    expect(inbox.ids()).toEqual(['ours'])
    expect((await warned).message).toBe('a notification that no Millrace node has sent was ignored')
  })

  it('[OPS3] says in one line what is wrong and what mends it, and no secret', async () => {
    const url = new URL(await newDatabase())
    const at = (change: (url: URL) => void): PostgresBrokerOptions => {
      const changed = new URL(url)
      changed.password = 'hunter2'
      change(changed)
      return { url: changed.href }
    }
    expect(await refusal({ url: 'redis://127.0.0.1/' })).toMatch(/^broker postgresBroker: `url` is no address.*postgres:\/\/user/)
    // Holds: what a caller without types may pass.
    expect(await refusal({ pool: {} as never })).toMatch(/^broker postgresBroker: `pool` is no pool/)
    const nobody = await refusal(at((changed) => (changed.port = '1')))
    expect(nobody).toMatch(/^broker postgresBroker: .*127.0.0.1:1 cannot be reached .*start PostgreSQL, or correct `url`/)
    expect(nobody).not.toContain('hunter2')
    const latin = await newDatabase(`TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`)
    expect(await refusal({ url: latin })).toMatch(/is in LATIN1: use a database in UTF8/)
  })

  it('[OPS3] takes the settings of the application’s pool and none of its connections', async () => {
    const url = await newDatabase()
    const pool = new Pool({ connectionString: url, max: 1 })
    const taken = await pool.connect()
    const broker = await open({ pool })
    await broker.check()
    taken.release()
    await pool.end()
    await broker.check()
  })
})

async function refusal(options: PostgresBrokerOptions): Promise<string> {
  const error: unknown = await open(options).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConfigurationError)) throw new Error('it was not refused as a setting', { cause: error })
  expect(error.setting).toBe('broker')
  expect(error.message).not.toContain('\n')
  return error.message
}

/** Ends every connection to the database. */
async function cutAll(url: string): Promise<void> {
  const client = await newClient(url)
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
  await client.end()
}

/** Resolves once the broker refuses to publish. */
async function refusing(broker: Broker): Promise<void> {
  for (;;) {
    try {
      await broker.publish(envelope('to nobody', { channel: key('nobody:0') }))
    } catch {
      return
    }
  }
}
