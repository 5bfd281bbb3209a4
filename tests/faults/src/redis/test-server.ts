import { canStartRedis } from '@millrace-tests/support'

if (!canStartRedis && process.env.CI === 'true') throw new Error('no redis-server here: install Redis 6.2 or newer')
if (!canStartRedis) process.stderr.write('skipped: faults of Redis, for want of redis-server\n')

/** Whether these tests can run. With CI=true they have to. */
export const redisIsThere = canStartRedis
