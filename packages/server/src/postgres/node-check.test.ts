import { describe, expect, it } from 'vitest'
import { migrations } from './schema/migrations.ts'
import { postgresStore } from './store.ts'
import { newClient, newDatabase, postgresIsThere } from './test-subjects.ts'

const holders = 'SELECT holder FROM millrace.node_checks ORDER BY at'

describe.runIf(postgresIsThere)('the check of a PostgreSQL store', () => {
  it('[HLT1] waits for no other node', async () => {
    const url = await newDatabase()
    const [one, other] = [await postgresStore({ url }), await postgresStore({ url })]
    await one.check()
    const client = await newClient(url)
    // As a node that waits for its commit has it.
    await client.query('BEGIN; SELECT FROM millrace.node_checks FOR UPDATE')
    await other.check()
    await other.check()
    await client.query('ROLLBACK')
    expect((await client.query(holders)).rows).toHaveLength(2)
    await Promise.all([one.close(), other.close(), client.end()])
  })

  it('[HLT1] leaves no rows of nodes that ended more than a day ago', async () => {
    const url = await newDatabase()
    const store = await postgresStore({ url })
    const client = await newClient(url)
    await client.query(
      `INSERT INTO millrace.node_checks VALUES ('gone', now() - interval '25 hours'), ('ended', now() - interval '23 hours')`,
    )
    await store.check()
    expect((await client.query(holders)).rows).toEqual([{ holder: 'ended' }, { holder: expect.any(String) }])
    await Promise.all([store.close(), client.end()])
  })

  it('[OPS3] [HLT1] works on the tables of the version before, once they are brought up to date, beside nodes of that version', async () => {
    const url = await newDatabase()
    const client = await newClient(url)
    const before = migrations.slice(0, 3)
    await client.query(
      'CREATE SCHEMA millrace; CREATE TABLE millrace.migrations (version int PRIMARY KEY, applied_at timestamptz DEFAULT now())',
    )
    for (const [index, migration] of before.entries())
      await client.query(`${migration}; INSERT INTO millrace.migrations (version) VALUES (${index + 1})`)
    await client.query(`INSERT INTO millrace.meta (home, epoch, identity, secret) VALUES ('h', 'e', '', 's')`)
    const theirs = 'INSERT INTO millrace.checks (at) VALUES (now()) ON CONFLICT (one) DO UPDATE SET at = excluded.at'
    await client.query(theirs)
    const store = await postgresStore({ url })
    await store.check()
    await client.query(theirs)
    expect((await client.query(holders)).rows).toHaveLength(1)
    expect((await client.query('SELECT max(version) AS version FROM millrace.migrations')).rows).toEqual([{ version: migrations.length }])
    await Promise.all([store.close(), client.end()])
  })
})
