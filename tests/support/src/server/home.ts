import type { Clock } from '@millrace/contract'
import { type Broker, localBroker, memoryStore, type Store } from '@millrace/server'
import { postgresBroker, postgresStore } from '@millrace/server/postgres'
import { redisBroker } from '@millrace/server/redis'
import { sqliteStore } from '@millrace/server/sqlite'
import type { ServerSettings } from './settings.ts'
import { openPostgresShop, openShop, type Shop } from './shop.ts'

/** Where the test server keeps what it keeps, and the business rows beside it. */
export async function openHome(
  { file, postgresUrl }: ServerSettings,
  clock: Clock,
): Promise<{ readonly store: Store; readonly shop: Shop | null }> {
  if (postgresUrl !== null) {
    const store = await postgresStore({ url: postgresUrl, clock, connectTimeoutMs: 2_000, queryTimeoutMs: 4_000 })
    return { store, shop: await openPostgresShop(postgresUrl) }
  }
  if (file === null) return { store: memoryStore(), shop: null }
  const shop = openShop(file)
  return { store: sqliteStore({ database: shop.database }), shop }
}

export async function openBroker({ broker }: ServerSettings): Promise<Broker> {
  if (broker === null) return localBroker()
  const { kind, url } = broker
  return kind === 'redis' ? redisBroker({ url }) : postgresBroker({ url })
}
