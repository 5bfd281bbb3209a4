export {
  type PoolLike,
  type PostgresDurability,
  type PostgresLocation,
  type PostgresSettings,
  type PostgresStoreOptions,
  postgresDefaults,
  postgresStore,
} from './store.ts'
