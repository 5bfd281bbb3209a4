export type { RedisLocation, RedisNode } from './location.ts'
export { type RedisBrokerOptions, type RedisSettings, redisBroker, redisDefaults } from './redis-broker.ts'
