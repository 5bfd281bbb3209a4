import { redisBroker } from '@millrace/server/redis'
import { describeBrokerConformance } from '@millrace/server/testing/conformance'
import { type PrivateRedis, startPrivateRedis } from '@millrace-tests/support'
import { afterAll, beforeAll, describe } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'
import { redisIsThere } from './test-server.ts'

const renamed = ['SSUBSCRIBE', 'SUNSUBSCRIBE', 'SPUBLISH'].flatMap((command) => ['--rename-command', command, ''])

describe.runIf(redisIsThere).each([
  ['redis behind a network that breaks', []],
  ['redis without sharded publish and subscribe', renamed],
] as const)('Redis that goes away and comes back', (name, settings) => {
  let server: PrivateRedis
  let proxy: TcpProxy
  beforeAll(async () => {
    server = await startPrivateRedis({ settings })
    proxy = await startTcpProxy({ targetPort: server.port })
  })
  afterAll(async () => {
    await proxy.close()
    await server[Symbol.asyncDispose]()
  })
  let created = 0

  describeBrokerConformance({
    name,
    create(nodes) {
      created += 1
      const prefix = `test:${created}:`
      return Promise.all(Array.from({ length: nodes }, () => redisBroker({ url: `redis://127.0.0.1:${proxy.port}`, prefix })))
    },
    async outage() {
      proxy.door = 'refuse'
      proxy.applyToAll({ kind: 'reset' })
      return async () => {
        proxy.door = 'open'
      }
    },
  })
})
