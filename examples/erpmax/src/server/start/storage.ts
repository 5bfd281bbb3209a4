import { join } from 'node:path'
import type { Broker, Logger, Store } from '@millrace/server'
import { postgresBroker, postgresStore } from '@millrace/server/postgres'
import { redisBroker } from '@millrace/server/redis'
import { sqliteStore } from '@millrace/server/sqlite'
import type { Database } from '../database/port.ts'
import { postgresDatabase } from '../database/postgres.ts'
import { sqliteDatabase } from '../database/sqlite.ts'
import type { Config, RedisAddress } from './config.ts'
import { prepareDataFolder } from './data-folder.ts'

export interface Storage {
  /** The business. */
  readonly db: Database
  /** Millrace's part of the same database. */
  readonly store: Store
  close(): Promise<void>
}

function redisUrl({ host, port, password }: RedisAddress): string {
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  return `redis://${secret}${host}:${port}`
}

/** The database, and Millrace's tables in it. Throws a `ConfigurationError` or a `StartError` of one line. */
export async function openStorage({ databaseUrl, dataDir }: Config, logger: Logger): Promise<Storage> {
  if (databaseUrl !== undefined) {
    const db = postgresDatabase(databaseUrl, (error) => logger.warn({ reason: error.message }, 'a connection to PostgreSQL was lost'))
    const store = await postgresStore({ url: databaseUrl }).catch(async (error: unknown) => {
      await db.close()
      throw error
    })
    return { db, store, close: () => closeBoth(store, db) }
  }
  prepareDataFolder(dataDir)
  const db = sqliteDatabase(join(dataDir, 'erpmax.db'))
  const store = sqliteStore({ database: db.handle })
  return { db, store, close: () => closeBoth(store, db) }
}

async function closeBoth(store: Store, db: Database): Promise<void> {
  await store.close()
  await db.close()
}

/** Between the nodes: Redis, else PostgreSQL itself; null for the embedded database, which has one node. */
export async function openBroker({ redis, databaseUrl }: Config): Promise<Broker | null> {
  if (redis !== undefined) return redisBroker({ url: redisUrl(redis), prefix: 'erpmax:' })
  return databaseUrl === undefined ? null : postgresBroker({ url: databaseUrl })
}
