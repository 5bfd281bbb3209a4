import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

export const redisUrl = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379'

async function isThere(): Promise<boolean> {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: null })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return true
  } catch (error) {
    if (process.env.CI === 'true') throw error
    process.stderr.write(`skipped: no Redis at ${new URL(redisUrl).host} (set TEST_REDIS_URL)\n`)
    return false
  } finally {
    redis.disconnect()
  }
}

/** Whether there is a server to test with. With CI=true there has to be. */
export const redisIsThere = await isThere()

/** Nobody else's channels. */
export const newPrefix = (): string => `test:${randomUUID()}:`
