export {
  type AdministerOptions,
  inspectPostgres,
  migratePostgres,
  type PostgresInspection,
  type PostgresMigration,
} from './administer.ts'
export { type PostgresBrokerOptions, type PostgresBrokerSettings, postgresBroker, postgresBrokerDefaults } from './broker.ts'
export type { PoolLike, PostgresLocation } from './location.ts'
export {
  type PostgresDurability,
  type PostgresSettings,
  type PostgresStoreOptions,
  postgresDefaults,
  postgresStore,
} from './store.ts'
