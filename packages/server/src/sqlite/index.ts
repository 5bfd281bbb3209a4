export type { DatabaseHandle, DriverName } from './driver.ts'
export type { Durability } from './open.ts'
export { StoreOpenError } from './open-error.ts'
export { type SqliteLocation, type SqliteSettings, type SqliteStoreOptions, sqliteDefaults, sqliteStore } from './store.ts'
