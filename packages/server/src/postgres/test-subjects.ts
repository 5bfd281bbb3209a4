import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll } from 'vitest'
import type { Store } from '../store.ts'
import { type PostgresSettings, postgresStore } from './store.ts'

const server = process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function isThere(): Promise<boolean> {
  try {
    const client = await connect(server)
    await client.end()
    return true
  } catch (error) {
    if (process.env.CI === 'true') throw error
    process.stderr.write(`skipped: no PostgreSQL at ${new URL(server).host} (set TEST_POSTGRES_URL)\n`)
    return false
  }
}

/** Whether there is a server to test with. With CI=true there has to be. */
export const postgresIsThere = await isThere()

async function asOwner(sql: string): Promise<void> {
  const client = await connect(server)
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

const made: string[] = []
// Each waits for the server to write what is in memory.
const dropTimeoutMs = 180_000
afterAll(async () => {
  for (const name of made.splice(0)) await asOwner(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}, dropTimeoutMs)

export function urlOf(database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** A database of its own, by its URL; it is gone when the test file is done. */
export async function newDatabase(settings = ''): Promise<string> {
  const name = `millrace_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  made.push(name)
  await asOwner(`CREATE DATABASE ${name} ${settings}`)
  return urlOf(name)
}

export const newClient = connect

/** For tests that make many commits and stop no machine: no flush to the disk with each. */
export const quick = { durability: 'normal' } as const

/** A store, and a client of the application's on the same database. */
export interface OpenStore {
  readonly store: Store
  readonly app: Client
  readonly url: string
  close(): Promise<void>
  /** The same database, opened again after this one was closed. */
  reopen(): Promise<OpenStore>
  /** The same database, opened beside this one. */
  peer(): Promise<OpenStore>
}

export async function openStore(settings: PostgresSettings = {}, url?: string): Promise<OpenStore> {
  const at = url ?? (await newDatabase())
  const store = await postgresStore({ url: at, ...settings })
  const app = await connect(at)
  async function close(): Promise<void> {
    await store.close()
    await app.end()
  }
  return {
    ...{ store, app, url: at, close },
    async reopen() {
      await close()
      return openStore(settings, at)
    },
    peer: () => openStore(settings, at),
  }
}
