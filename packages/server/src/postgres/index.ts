export {
  type AdministerOptions,
  inspectPostgres,
  migratePostgres,
  type PostgresInspection,
  type PostgresMigration,
} from './administer.ts'
export {
  type PoolLike,
  type PostgresDurability,
  type PostgresLocation,
  type PostgresSettings,
  type PostgresStoreOptions,
  postgresDefaults,
  postgresStore,
} from './store.ts'
