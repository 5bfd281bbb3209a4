import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import type { ChannelKey } from '../channel-key.ts'
import { ConfigurationError } from '../configuration-error.ts'
import { type RedisBrokerOptions, redisBroker } from './redis-broker.ts'
import { redisIsThere, redisUrl } from './test-subjects.ts'

async function refusal(options: RedisBrokerOptions): Promise<string> {
  const error: unknown = await redisBroker(options).then(
    (broker) => broker.close().then(() => null),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ConfigurationError)) throw new Error('it was not refused as a setting', { cause: error })
  expect(error.setting).toBe('broker')
  expect(error.message).not.toContain('\n')
  expect(inspect(error, { depth: 10 })).not.toContain('hunter2')
  return error.message
}

/** A server that answers everything with one text, or with nothing. */
async function pretender(answer: string | null) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => answer !== null && socket.write(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `redis://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() }
}

describe('opening a Redis broker', () => {
  it('[OPS3] says in one line what is wrong with the address and what mends it', async () => {
    for (const url of ['localhost:6379', 'http://127.0.0.1', 'redis://', ''])
      expect(await refusal({ url })).toMatch(/`url` is no address of a Redis: write redis:\/\/user/)
    expect(await refusal({ nodes: [] })).toMatch(/`nodes` names no node/)
    expect(await refusal({ url: 'redis://:hunter2@127.0.0.1:1' })).toMatch(/127.0.0.1:1 cannot be reached .*start Redis, or correct/)
    expect(await refusal({ nodes: [{ host: '127.0.0.1', port: 1 }] })).toMatch(/127.0.0.1:1 cannot be reached/)
  })

  it('[OPS3] gives up a server that says nothing, and names one that is too old', async () => {
    await using silent = await pretender(null)
    expect(await refusal({ url: silent.url, connectTimeoutMs: 100 })).toMatch(/cannot be reached \(no answer within 100 ms\)/)
    await using old = await pretender("-ERR unknown command 'hello'\r\n")
    expect(await refusal({ url: old.url })).toMatch(/is too old .*upgrade to Redis 6.2 or newer/)
    await using quoting = await pretender('-ERR unknown command `auth`, with args beginning with: `hunter2` \r\n')
    expect(await refusal({ url: quoting.url.replace('//', '//:hunter2@') })).toMatch(/is too old \(ERR unknown command `auth`\)/)
    await using loading = await pretender('-LOADING Redis is loading the dataset in memory\r\n')
    expect(await refusal({ url: loading.url })).toMatch(/still loads its data/)
  })
})

describe.runIf(redisIsThere)('the rights of a Redis user', () => {
  it('[OPS3] says when they are missing, at the start and for one channel', async () => {
    const user = `test-${randomUUID()}`
    const admin = new Redis(redisUrl)
    const prefix = `${user}:`
    const url = new URL(redisUrl)
    url.username = user
    url.password = 'hunter2'
    try {
      expect(await refusal({ url: url.href, prefix })).toMatch(/does not let us in .*correct user and password/)
      await admin.acl('SETUSER', user, 'on', '>hunter2', '+@all')
      expect(await refusal({ url: url.href, prefix })).toMatch(/does not let this user publish and subscribe/)
      // The guide's.
      const commands = '+hello +ping +publish +spublish +subscribe +unsubscribe +ssubscribe +sunsubscribe +client|setname'
      await admin.acl('SETUSER', user, '-@all', ...commands.split(' '), `&${prefix}$*`, `&${prefix}acme/*`)
      const broker = await redisBroker({ url: url.href, prefix })
      // Holds: written as `channelKey` does.
      const [mine, theirs] = ['acme/mill:1' as ChannelKey, 'globex/mill:1' as ChannelKey]
      const allowed = broker.subscribe(mine)
      await expect(broker.subscribe(theirs)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('NOPERM') })
      await allowed
      const globex = { channel: theirs, delivery: 'volatile', event: 'e', json: '1', id: 'a', time: 1 } as const
      await expect(broker.publish(globex)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('NOPERM') })
      await broker.unsubscribe(mine)
      await broker.check()
      await broker.close()
    } finally {
      await admin.acl('DELUSER', user)
      admin.disconnect()
    }
  })
})
