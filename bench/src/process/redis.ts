import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

const url = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379'

/** What a Redis has done since its start, for whomever. */
export interface RedisTotals {
  readonly cpuMs: number
  readonly publishes: number
  readonly bytesOut: number
}

export interface ReservedRedis {
  readonly url: string
  readonly name: string
  totals(): Promise<RedisTotals>
  drop(): Promise<void>
}

/** By the name of Redis' own fields. */
function readTotals(info: string): RedisTotals {
  const sum = (pattern: RegExp): number => [...info.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0)
  return {
    // What the kernel tells Redis of itself, to the microsecond.
    cpuMs: sum(/^used_cpu_(?:sys|user):([\d.]+)/gm) * 1_000,
    publishes: sum(/^cmdstat_s?publish:calls=(\d+)/gm),
    bytesOut: sum(/^total_net_output_bytes:(\d+)/gm),
  }
}

/** A name of a measurement's own on the Redis of BENCH_REDIS_URL. Throws where there is none. */
export async function reserveRedis(): Promise<ReservedRedis> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null })
  redis.on('error', () => undefined)
  await redis.connect().catch((error: unknown) => {
    throw new Error('no Redis: set BENCH_REDIS_URL', { cause: error })
  })
  const name = `millrace-bench-${randomUUID()}`
  return {
    ...{ url, name },
    totals: async () => readTotals(await redis.info('all')),
    async drop() {
      await redis.del(name)
      redis.disconnect()
    },
  }
}
