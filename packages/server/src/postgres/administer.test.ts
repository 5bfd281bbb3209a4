import { describe, expect, it } from 'vitest'
import { inspectPostgres, migratePostgres } from './administer.ts'
import { migrations } from './schema/migrations.ts'
import { postgresStore } from './store.ts'
import { newClient, newDatabase, postgresIsThere } from './test-subjects.ts'

describe.runIf(postgresIsThere)('administering a PostgreSQL database', () => {
  it('[OPS3] makes the tables without a server, says from which version to which, and does nothing twice', async () => {
    const url = await newDatabase()
    expect(await migratePostgres({ url, dryRun: true })).toEqual({ from: 0, to: migrations.length })
    expect(await migratePostgres({ url })).toEqual({ from: 0, to: migrations.length })
    expect(await migratePostgres({ url })).toEqual({ from: migrations.length, to: migrations.length })
    const store = await postgresStore({ url })
    await store.check()
    await store.close()
  })

  it('[OPS3] looks at a database and leaves it as it was', async () => {
    const url = await newDatabase()
    const seen = await inspectPostgres({ url })
    expect(seen).toMatchObject({ schema: 0, wanted: migrations.length, fsync: expect.any(Boolean) })
    expect(seen.serverVersion).toBeGreaterThanOrEqual(140_000)
    // The clock of one machine, read twice.
    expect(Math.abs(seen.clockAheadMs)).toBeLessThanOrEqual(1_000)
    const client = await newClient(url)
    expect((await client.query(`SELECT to_regnamespace('millrace') AS there`)).rows).toEqual([{ there: null }])
    await client.end()
  })

  it('[OPS3] refuses the tables of a newer version, and an address that nobody answers at', async () => {
    const url = await newDatabase()
    await migratePostgres({ url })
    const client = await newClient(url)
    await client.query('INSERT INTO millrace.migrations (version) VALUES (99)')
    await client.end()
    await expect(migratePostgres({ url })).rejects.toThrow(/tables of version 99.*upgrade @millrace\/server/)
    await expect(migratePostgres({ url, dryRun: true })).rejects.toThrow(/tables of version 99/)
    expect(await inspectPostgres({ url })).toMatchObject({ schema: 99 })
    await expect(inspectPostgres({ url: 'postgres://postgres@127.0.0.1:1/none' })).rejects.toThrow(/cannot be reached.*start PostgreSQL/)
  })
})
