import type { ChannelName } from '@millrace/contract'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { newPrisma } from './fixtures/prisma-client.ts'
import { newClient, newDatabase, type OpenStore, openStore, postgresIsThere, quick } from './test-subjects.ts'

// Holds: a name as a pattern would format it.
const mill = channelKey('acme', 'mill:1' as ChannelName)
const entry = (id: string) => ({ channel: mill, delivery: 'durable', event: 'e', json: `{"q":"'é\\"?$1"}`, id, time: 1 }) as const
const insert = (id: string) => `INSERT INTO purchases VALUES ('${id}')`

/** One library: runs `work` in a transaction of its own, with what the application passes as `tx`. */
interface Library {
  /** Whether it knows without asking the server that a transaction has ended. */
  readonly knowsTheEnd: boolean
  transact(work: (tx: unknown, run: (sql: string) => Promise<unknown>) => Promise<void>): Promise<void>
  close(): Promise<unknown>
}

const undo = new Error('undo')

function clientOf(url: string): Library {
  const client = new Client({ connectionString: url })
  const connected = client.connect()
  return {
    knowsTheEnd: true,
    async transact(work) {
      await connected
      await client.query('BEGIN')
      try {
        await work(client, (sql) => client.query(sql))
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
    },
    close: () => client.end(),
  }
}

function poolOf(url: string): Library {
  const pool = new Pool({ connectionString: url })
  return {
    knowsTheEnd: true,
    async transact(work) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await work(client, (sql) => client.query(sql))
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
    close: () => pool.end(),
  }
}

function kyselyOf(url: string): Library {
  const db = new Kysely<object>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }) })
  return {
    knowsTheEnd: false,
    transact: (work) => db.transaction().execute((tx) => work(tx, (sql) => tx.executeQuery(CompiledQuery.raw(sql)))),
    close: () => db.destroy(),
  }
}

function controlledKyselyOf(url: string): Library {
  const db = new Kysely<object>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }) })
  return {
    knowsTheEnd: true,
    async transact(work) {
      const tx = await db.startTransaction().execute()
      try {
        await work(tx, (sql) => tx.executeQuery(CompiledQuery.raw(sql)))
        await tx.commit().execute()
      } catch (error) {
        await tx.rollback().execute()
        throw error
      }
    },
    close: () => db.destroy(),
  }
}

function drizzleOf(url: string): Library {
  const pool = new Pool({ connectionString: url })
  const db = drizzle({ client: pool })
  return {
    knowsTheEnd: true,
    transact: (work) => db.transaction((tx) => work(tx, (sql) => tx.execute(drizzleSql.raw(sql)))),
    close: () => pool.end(),
  }
}

function knexOf(url: string): Library {
  const db = knex({ client: 'pg', connection: url })
  return {
    knowsTheEnd: true,
    transact: (work) => db.transaction((tx) => work(tx, async (sql) => tx.raw(sql))),
    close: () => db.destroy(),
  }
}

function prismaOf(url: string): Library {
  const prisma = newPrisma(url)
  return {
    knowsTheEnd: false,
    transact: (work) => prisma.$transaction((tx) => work(tx, (sql) => tx.$executeRawUnsafe(sql))),
    close: () => prisma.$disconnect(),
  }
}

const libraries = [
  ['pg, Client', clientOf],
  ['pg, PoolClient', poolOf],
  ['Kysely', kyselyOf],
  ['Kysely, controlled', controlledKyselyOf],
  ['Drizzle', drizzleOf],
  ['Knex', knexOf],
  ['Prisma', prismaOf],
] as const

describe.runIf(postgresIsThere)('transactions of the application', () => {
  let opened: OpenStore
  let foreign: string
  const seen: string[] = []
  let onSeen = (): void => undefined

  beforeAll(async () => {
    opened = await openStore(quick)
    await opened.app.query('CREATE TABLE purchases (id text PRIMARY KEY)')
    opened.store.outbox.listen((envelopes) => {
      seen.push(...envelopes.map(({ id }) => id))
      onSeen()
    })
    // A database of another store's, which has all of the tables.
    const other = await openStore(quick)
    foreign = other.url
    await other.close()
  })
  afterAll(() => opened.close())
  beforeEach(() => {
    seen.length = 0
  })

  const until = (id: string) =>
    new Promise<void>((resolve) => {
      onSeen = () => {
        if (seen.includes(id)) resolve()
      }
      onSeen()
    })
  async function purchases(): Promise<readonly string[]> {
    const { rows } = await opened.app.query<{ id: string }>('SELECT id FROM purchases')
    return rows.map(({ id }) => id)
  }

  describe.each(libraries)('of %s', (name, open) => {
    it('[OUT5] [OUT1] take the publication with them: into the commit, or nowhere', async () => {
      const { store, url } = opened
      const library = open(url)
      const id = (what: string) => `${name}: ${what}`
      let ended: unknown
      await library.transact(async (tx, run) => {
        await run(insert(id('kept')))
        expect(store.outbox.accepts(tx)).toBe(true)
        await store.outbox.write(tx, [entry(id('kept')), entry(id('kept too'))])
        ended = tx
      })
      const failing = library.transact(async (tx, run) => {
        await run(insert(id('lost')))
        await store.outbox.write(tx, [entry(id('lost'))])
        throw undo
      })
      await expect(failing).rejects.toBe(undo)
      await library.transact(async (tx) => store.outbox.write(tx, [entry(id('last'))]))
      await until(id('last'))
      expect(seen).toEqual([id('kept'), id('kept too'), id('last')])
      expect(await purchases()).toContain(id('kept'))
      expect(await purchases()).not.toContain(id('lost'))

      if (library.knowsTheEnd) expect(store.outbox.accepts(ended)).toBe(false)
      // Called where it may throw at once, and awaited where it rejects.
      await expect((async () => store.outbox.write(ended, [entry('late')]))()).rejects.toThrow()
      await library.close()
    })

    it('[OUT5] store notifications and alert levels with them', async () => {
      const library = open(opened.url)
      const notice = { id: `${name} n`, type: 't', title: 'T', message: 'M', createdAt: 1, data: { note: `?$1'é` } }
      await library.transact(async (tx) => {
        const changes = await opened.store.inbox.addWithin(tx, 'acme', [name, 'ravi'], notice)
        expect(changes.map(({ userId }) => userId)).toEqual([name, 'ravi'])
        expect(await opened.store.alerts.swapWithin(tx, 'acme', name, () => 'high')).toEqual({ before: 'ok', after: 'high' })
      })
      expect((await opened.store.inbox.list('acme', name, { limit: 5 })).notifications).toEqual([{ ...notice, readAt: null }])
      expect((await opened.store.alerts.swap('acme', name, (level) => level)).before).toBe('high')
      await library.close()
    })

    it('[OUT5] are refused where they are on a database of other tables, or of none', async () => {
      for (const url of [foreign, await newDatabase()]) {
        const library = open(url)
        const code = async (call: (tx: unknown) => unknown) => {
          let refusal: unknown
          await library
            .transact(async (tx) => {
              try {
                await call(tx)
              } catch (error) {
                refusal = error
                throw undo
              }
            })
            .catch(() => undefined)
          return refusal
        }
        const wrong = { code: 'outbox_wrong_database' }
        expect(await code((tx) => opened.store.outbox.write(tx, [entry('x')]))).toMatchObject(wrong)
        expect(
          await code((tx) => opened.store.inbox.addWithin(tx, 'a', ['u'], { id: 'n', type: 't', title: 't', message: 'm', createdAt: 1 })),
        ).toMatchObject(wrong)
        expect(await code((tx) => opened.store.alerts.swapWithin(tx, 'a', 'k', () => 'high'))).toMatchObject(wrong)
        await library.close()
      }
    })
  })

  it('[OUT5] says why it refuses what is no transaction', async () => {
    const pool = new Pool({ connectionString: opened.url })
    const idle = await newClient(opened.url)
    const write = (tx: unknown) => () => void opened.store.outbox.write(tx, [entry('x')])
    expect(write(pool)).toThrow(/no PostgreSQL transaction/)
    expect(write(new Kysely<object>({ dialect: new PostgresDialect({ pool }) }))).toThrow(/no PostgreSQL transaction/)
    expect(write(drizzle({ client: pool }))).toThrow(/no PostgreSQL transaction/)
    expect(write(newPrisma(opened.url))).toThrow(/no PostgreSQL transaction/)
    expect(write(idle)).toThrow(/no open transaction/)
    const other = await newClient(foreign)
    await other.query('BEGIN')
    expect(write(other)).toThrow(/on the database "millrace_test_\w+", the store on "millrace_test_\w+"/)
    for (const client of [pool, idle, other]) await client.end()
  })

  it('[LOG7] refuses a payload over the limit, and text that no database holds, in the transaction', async () => {
    const { app, store } = opened
    await app.query('BEGIN')
    expect(() => store.outbox.write(app, [{ ...entry('x'), json: JSON.stringify('x'.repeat(1_048_577)) }])).toThrow(
      expect.objectContaining({ code: 'payload_too_large' }),
    )
    await expect(store.outbox.write(app, [{ ...entry('x'), actor: { id: 'u', name: 'a\0b' } }])).rejects.toMatchObject({
      code: 'invalid_payload',
    })
    await app.query('ROLLBACK')
    await app.query('BEGIN')
    await expect(store.outbox.write(app, [{ ...entry('x'), event: 'e'.repeat(2_001) }])).rejects.toMatchObject({ code: 'invalid_payload' })
    await app.query('ROLLBACK')
  })
})
