import { Pool } from 'pg'
import { describe, expect, it } from 'vitest'
import type { ChannelKey } from '../channel-key.ts'
import { ConfigurationError } from '../configuration-error.ts'
import { migrations } from './schema/migrations.ts'
import { type PostgresStoreOptions, postgresStore } from './store.ts'
import { newClient, newDatabase, postgresIsThere } from './test-subjects.ts'

async function refusal(options: PostgresStoreOptions): Promise<string> {
  const error: unknown = await postgresStore(options).then(
    (store) => store.close().then(() => null),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConfigurationError)) throw new Error('it was not refused as a setting', { cause: error })
  expect(error.setting).toBe('store')
  expect(error.message).not.toContain('\n')
  return error.message
}

describe.runIf(postgresIsThere)('opening a PostgreSQL store', () => {
  it('[OPS3] says in one line what is wrong and what mends it, and no secret', async () => {
    const url = new URL(await newDatabase())
    const other = (change: (url: URL) => void): { readonly url: string } => {
      const changed = new URL(url)
      changed.password = 'hunter2'
      change(changed)
      return { url: changed.href }
    }
    expect(await refusal({ url: 'mysql://127.0.0.1/x' })).toMatch(/`url` is no address.*postgres:\/\/user/)
    // Holds: what a caller without types may pass.
    expect(await refusal({ pool: {} as never })).toMatch(/`pool` is no pool/)
    const nobody = other((changed) => {
      changed.port = '1'
    })
    expect(await refusal(nobody)).toMatch(/127.0.0.1:1 cannot be reached .*start PostgreSQL, or correct `url`/)
    const nowhere = other((changed) => {
      changed.pathname = '/no_such_database'
    })
    expect(await refusal(nowhere)).toMatch(/"no_such_database".*does not let us in .*does not exist.*correct user, password and database/)
    expect(`${await refusal(nobody)}${await refusal(nowhere)}`).not.toContain('hunter2')
  })

  it('[OPS3] refuses tables of a newer version, and touches nothing', async () => {
    const url = await newDatabase()
    await (await postgresStore({ url })).close()
    const client = await newClient(url)
    await client.query('INSERT INTO millrace.migrations (version) VALUES (99)')
    const before = await client.query('SELECT epoch, identity FROM millrace.meta')
    expect(await refusal({ url })).toMatch(/tables of version 99, and this Millrace reads version \d+: upgrade @millrace\/server/)
    expect((await client.query('SELECT epoch, identity FROM millrace.meta')).rows).toEqual(before.rows)
    await client.end()
  })

  it('[OPS3] makes its tables once when nodes start together', async () => {
    const url = await newDatabase()
    const stores = await Promise.all(Array.from({ length: 5 }, () => postgresStore({ url })))
    const client = await newClient(url)
    expect(
      (await client.query('SELECT count(*)::int AS n, (SELECT count(*)::int FROM millrace.meta) AS meta FROM millrace.migrations')).rows,
    ).toEqual([{ n: migrations.length, meta: 1 }])
    await client.end()
    await Promise.all(stores.map((store) => store.close()))
  })

  it('[OPS3] brings the tables of the first version up to date, and goes on with what they hold', async () => {
    const url = await newDatabase()
    const client = await newClient(url)
    await client.query(`CREATE SCHEMA millrace; CREATE TABLE millrace.migrations (version int PRIMARY KEY, applied_at timestamptz DEFAULT now());
      ${migrations[0]}; INSERT INTO millrace.migrations (version) VALUES (1);
      INSERT INTO millrace.meta (home, epoch, identity, secret) VALUES ('h', 'e', '', 's')`)
    const now = 1_700_000_000_000
    const store = (
      key: string | null,
    ) => `SELECT epoch, offsets FROM millrace.store('{acme/mill:1}', '{${key === null}}', '{e}', '{1}', '{i}', '{${now}}',
      '{null}', '{null}', '{${key}}', '{null}', ${now}, 0)`
    await client.query(`SELECT millrace.lock_channels('{acme/mill:1}')`)
    await client.query(store(null))
    await client.query(store('k'))
    const opened = await postgresStore({ url })
    // Holds: as the function above has it.
    const mill = 'acme/mill:1' as ChannelKey
    const [head] = await opened.log.heads([mill])
    expect(head?.position.offset).toBe(1)
    expect(await opened.log.retain(mill, 'k', { event: 'e', json: '2', id: 'j', time: now })).toBeGreaterThan(head?.revision ?? Number.NaN)
    expect(await opened.leases.acquire('sweep', 'a', 1_000)).toBe(true)
    await opened.close()
    await client.end()
  })

  it('[OPS3] needs the right to make tables for the first start only', async () => {
    const url = await newDatabase()
    const database = new URL(url).pathname.slice(1)
    const role = `node_${database}`
    const owner = await newClient(url)
    await owner.query(`CREATE ROLE ${role} LOGIN`)
    const theirs = new URL(url)
    theirs.username = role
    try {
      expect(await refusal({ url: theirs.href })).toMatch(/does not let this role .* GRANT CREATE ON DATABASE/)
      await (await postgresStore({ url })).close()
      await owner.query(
        `GRANT USAGE ON SCHEMA millrace TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA millrace TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA millrace TO ${role}`,
      )
      const store = await postgresStore({ url: theirs.href })
      await store.check()
      await store.close()
    } finally {
      await owner.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
      await owner.end()
    }
  })

  it('connects as the pool of the application does, and takes no connection out of it', async () => {
    const pool = new Pool({ connectionString: await newDatabase(), max: 1 })
    const taken = await pool.connect()
    const store = await postgresStore({ pool })
    await store.check()
    await taken.query('BEGIN')
    expect(store.outbox.accepts(taken)).toBe(true)
    await taken.query('ROLLBACK')
    taken.release()
    await store.close()
    await pool.end()
  })

  it('closes twice, and refuses what comes after', async () => {
    const store = await postgresStore({ url: await newDatabase() })
    await Promise.all([store.close(), store.close()])
    await expect(store.check()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.log.append('acme/mill:1' as never, { event: 'e', json: '{}', id: 'x', time: 1 })).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})
