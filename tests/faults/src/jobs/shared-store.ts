import type { Store } from '@millrace/server'
import { postgresStore } from '@millrace/server/postgres'
import { sqliteStore } from '@millrace/server/sqlite'

/** The store that several processes share: an address of PostgreSQL, or a file of SQLite. */
export async function openShared(place: string): Promise<Store> {
  return place.startsWith('postgres') ? postgresStore({ url: place }) : sqliteStore({ path: place, durability: 'normal' })
}
