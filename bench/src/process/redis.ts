import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

const url = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379'

/** A name of a measurement's own on the Redis of BENCH_REDIS_URL. Throws where there is none. */
export async function reserveRedis(): Promise<{ readonly url: string; readonly name: string; drop(): Promise<void> }> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null })
  redis.on('error', () => undefined)
  await redis.connect().catch((error: unknown) => {
    throw new Error('no Redis: set BENCH_REDIS_URL', { cause: error })
  })
  const name = `millrace-bench-${randomUUID()}`
  return {
    ...{ url, name },
    async drop() {
      await redis.del(name)
      redis.disconnect()
    },
  }
}
