import { createClient, type MillraceClient } from '@millrace/client'
import { channel, defineContract, event, request } from '@millrace/contract'
import { postgresBrokerDefaults } from '@millrace/server/postgres'
import { redisDefaults } from '@millrace/server/redis'
import { canStartPostgres, canStartRedis, eventually, freePort, startPrivatePostgres, startPrivateRedis } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openSamples } from './node/samples.ts'
import { nameOf, tableAfter } from './tables.ts'
import { secret, tokenOf } from './tokens.ts'

it('lists every setting of the Redis broker with its default', () => {
  const rows = tableAfter('docs/guides/cluster.md', '## Settings of Redis').map(
    (row) => [nameOf(row), row[1]?.replaceAll('`', '')] as const,
  )
  const withDefault = rows.filter(([, shown]) => shown !== '')
  expect(withDefault).toEqual(Object.entries(redisDefaults).map(([name, value]) => [name, String(value)]))
})

it('lists every setting of the PostgreSQL broker with its default', () => {
  const rows = tableAfter('docs/guides/cluster.md', '## Settings of PostgreSQL').map(
    (row) => [nameOf(row), row[1]?.replaceAll('`', '')] as const,
  )
  const withDefault = rows.filter(([, shown]) => shown !== '')
  expect(withDefault).toEqual(Object.entries(postgresBrokerDefaults).map(([name, value]) => [name, String(value)]))
})

/** The guide's contract, as far as this test's clients speak it. */
const contract = defineContract({
  channels: { mill: channel('mill:{millId}', { events: { 'purchase:created': event(z.object({ id: z.string(), kg: z.number() })) } }) },
  requests: { buy: request(z.object({ millId: z.string(), kg: z.number() }), z.object({ id: z.string(), kg: z.number() })) },
})
const mill = contract.channels.mill({ millId: '1' })

const there = canStartPostgres && canStartRedis
if (!there && process.env.CI === 'true') throw new Error('no PostgreSQL and Redis to start here')

describe.runIf(there)('the server of the guide, twice', () => {
  it('[DLV1] [HLT2] is heard from the other node, and goes on when one is killed and Redis restarts', async () => {
    await using postgres = await startPrivatePostgres()
    await using redis = await startPrivateRedis()
    const samples = await openSamples('cluster')
    const otherPort = await freePort()
    const env = { JWT_SECRET: secret, DATABASE_URL: postgres.url, REDIS_URL: redis.url }
    const urls = [samples.url, `http://localhost:${otherPort}`] as const
    const isReady = async (url: string) => (await fetch(`${url}/health/ready`).catch(() => null))?.status === 200
    const clientOf = (user: string, url: string) =>
      createClient({ contract, url, token: () => tokenOf(user, { millId: '1' }), random: () => 0 })
    const clients: MillraceClient<typeof contract>[] = []
    try {
      const first = samples.run('server.ts', { env })
      samples.run('server.ts', { env: { ...env, PORT: String(otherPort) } })
      for (const url of urls) await eventually(`${url} is ready`, () => isReady(url), { ms: 30_000, describe: () => first.lines })
      const [asha, ravi] = [clientOf('asha', urls[0]), clientOf('ravi', urls[1])]
      clients.push(asha, ravi)
      const heard: number[] = []
      ravi.channel(mill).on('purchase:created', ({ kg }) => heard.push(kg))
      await eventually('live', () => ravi.channel(mill).status.getSnapshot().state === 'live', { ms: 20_000 })
      await asha.request('buy', { millId: '1', kg: 400 })
      await eventually('heard on the other node', () => heard.length === 1)

      await redis.stop()
      await asha.request('buy', { millId: '1', kg: 500 })
      await eventually('read from the store', () => heard.length === 2)
      await redis.start()
      for (const url of urls) await eventually(`${url} is ready again`, () => isReady(url), { ms: 30_000 })
      await first.kill('SIGKILL')
      await ravi.request('buy', { millId: '1', kg: 600 })
      await eventually('goes on alone', () => heard.length === 3)
      expect(heard).toEqual([400, 500, 600])
    } finally {
      for (const client of clients) client.close()
      await samples.close()
    }
  })
})
