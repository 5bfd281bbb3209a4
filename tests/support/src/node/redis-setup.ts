import { canStartRedis, type PrivateRedis, redisAnswers, startPrivateRedis } from './private-redis.ts'

const standard = 'redis://127.0.0.1:6379'
let server: PrivateRedis | null = null

/** Vitest's, before the tests of the packages: an address from the environment, else the standard port, else a private server. */
export async function setup(): Promise<void> {
  if (process.env.TEST_REDIS_URL !== undefined) return
  if (!(await redisAnswers(standard)) && canStartRedis) server = await startPrivateRedis()
  process.env.TEST_REDIS_URL = server?.url ?? standard
}

export async function teardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]()
}
