import { startTestServer, type TestServer, testSecret } from '@millrace/server/testing'
import { mintToken, type TestContract, testContract, within } from '@millrace-tests/support'
import { behaviour } from '@millrace-tests/support/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stockClients, type Way, ways } from './clients.ts'
import { ask, connectGuest, type GuestOptions, received, settled, welcome } from './guest.ts'

/** One server as several references know it: `/ws/socket.io` with plain namespaces, `/socket.io` with those below `/ws`. */
const mounts = [
  { path: '/ws/socket.io', root: '', admin: '/admin' },
  { path: '/socket.io', root: '/ws', admin: '/ws/admin' },
]
const seen: string[] = []
let server: TestServer<TestContract>

beforeAll(async () => {
  server = await startTestServer({
    ...behaviour,
    path: ['/ws/socket.io', '/socket.io'],
    namespaces: { ...behaviour.namespaces, '/ws': { aliasOf: '/' }, '/ws/admin': { aliasOf: '/admin' } },
    assign(identity, { namespace }) {
      seen.push(namespace)
      return behaviour.assign(identity)
    },
    onConnect(connection) {
      seen.push(connection.namespace)
      behaviour.onConnect(connection)
    },
  })
})
afterAll(() => server.close())

const token = (claims: { sub: string; roles?: string[]; mills?: string[] }) =>
  mintToken(testSecret, { tenant: 'acme', ...claims }, Math.floor(server.clock.now() / 1000) + 3_600)

for (const client of await stockClients())
  for (const way of Object.keys(ways) as Way[])
    for (const { path, root, admin } of mounts)
      describe(`socket.io-client ${client.version} over ${way} at ${path}${root}`, () => {
        const connect = (options: Omit<GuestOptions, 'client' | 'way' | 'path'>) => connectGuest({ client, way, path, ...options })

        it('[DLV2] hears its channels and its answers under the names that it uses, and the application knows one namespace', async () => {
          seen.length = 0
          const guest = connect({ url: server.url + root, token: token({ sub: 'asha', mills: ['7'] }) })
          await welcome(guest)
          await settled(guest, way)
          await server.rt.publish(testContract.channels.mill({ millId: '7' }), 'purchase:created', { id: 'p', kg: 1 })
          expect(await received(guest, 1)).toEqual([{ id: 'p', kg: 1 }])
          expect(await ask(guest, 'echo', { text: 'hello' })).toEqual({ ok: true, data: { text: 'hello', userId: 'asha' } })
          expect(seen).toEqual(['/', '/'])
          guest.socket.disconnect()
        })

        it('[DLV2] is in two namespaces, and their rules are those of the namespace that is meant', async () => {
          const options = { token: token({ sub: 'ravi', roles: ['ADMIN'], mills: ['8'] }), forceNew: false }
          const both = [connect({ url: server.url + root, ...options }), connect({ url: server.url + admin, ...options })] as const
          await Promise.all(both.map((guest) => welcome(guest)))
          await server.rt.publish(testContract.channels.mill({ millId: '8' }), 'purchase:created', { id: 'q', kg: 2 })
          for (const guest of both) expect(await received(guest, 1)).toEqual([{ id: 'q', kg: 2 }])
          for (const namespace of ['/', '/admin']) await server.rt.send('ravi', 'note', { text: namespace }, { namespace })
          await Promise.all(
            both.map(({ heard }) =>
              within(
                5_000,
                'note',
                heard.find(({ event }) => event === 'note'),
              ),
            ),
          )
          await server.rt.publish(testContract.channels.mill({ millId: '8' }), 'purchase:created', { id: 'r', kg: 3 })
          await Promise.all(both.map((guest) => received(guest, 2)))
          const notes = both.map(({ heard }) => heard.all.filter(({ event }) => event === 'note').map(({ args }) => args))
          expect(notes).toEqual([[[{ text: '/' }]], [[{ text: '/admin' }]]])
          for (const { socket } of both) socket.disconnect()

          const stranger = connect({ url: server.url + admin, token: token({ sub: 'ira', roles: ['CLERK'] }) })
          const refused = await new Promise<{ data?: { code?: string } }>((resolve) => void stranger.socket.once('connect_error', resolve))
          expect(refused.data?.code).toBe('namespace_not_allowed')
          stranger.socket.disconnect()
        })
      })
