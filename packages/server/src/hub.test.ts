import { channel, defineContract, event, request } from '@millrace/contract'
import { io, type Socket } from 'socket.io-client'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import type { LoadedUser, ServerOptions } from './options.ts'
import { type MintClaims, startTestServer, type TestServer } from './testing/index.ts'

const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(z.object({ id: z.string(), kg: z.number() })),
        'dashboard:stats': event(z.object({ total: z.number() }), { delivery: 'retained' }),
        'activity:typing': event(z.object({ user: z.object({ id: z.string(), name: z.string() }), entity: z.string() }), {
          delivery: 'volatile',
        }),
        'activity:stop-typing': event(z.object({ user: z.object({ id: z.string(), name: z.string() }) }), { delivery: 'volatile' }),
      },
      presence: z.object({ view: z.string() }).optional(),
      typing: { start: 'activity:typing', stop: 'activity:stop-typing' },
    }),
  },
  requests: {
    'join:mill': request(z.string(), z.object({ millId: z.string() }), { replyEvent: 'joined:mill' }),
    fail: request(z.null(), z.null()),
    buy: request(z.string(), z.null()),
  },
  direct: { connected: event(z.object({ userId: z.string() })) },
})

const options = {
  contract,
  policy: { mill: ({ identity, params }) => identity.claims.millId === params.millId || identity.roles.includes('admin') },
  assign: (identity) => (typeof identity.claims.millId === 'string' ? [contract.channels.mill({ millId: identity.claims.millId })] : []),
  onConnect: (connection) => connection.send('connected', { userId: connection.identity.userId }),
  handlers: {
    'join:mill': async (millId, context) => {
      await context.subscribe(contract.channels.mill({ millId }))
      return { millId }
    },
    buy: async (id, { publish }) => {
      await publish(contract.channels.mill({ millId: 1 }), 'purchase:created', { id, kg: 1 }, { exceptSelf: true })
      return null
    },
    fail: () => {
      throw new Error('secret of the database')
    },
  },
} satisfies Omit<ServerOptions<typeof contract>, 'auth'>

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(more: Partial<Pick<ServerOptions<typeof contract>, 'inbox' | 'loadUser'>> = {}) {
  const server = await startTestServer({ ...options, ...more })
  open.push(() => server.close())
  return server
}

async function connect(
  server: TestServer<typeof contract>,
  claims: MintClaims,
  auth: object = {},
): Promise<{ socket: Socket; seen: unknown[][] }> {
  const socket = io(server.url, {
    auth: { token: await server.mint(claims), ...auth },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  })
  open.push(() => socket.disconnect())
  const seen: unknown[][] = []
  socket.onAny((...args: unknown[]) => void seen.push(args))
  return { socket, seen }
}

const next = (socket: Socket, name: string): Promise<unknown[]> => new Promise((resolve) => socket.once(name, (...args) => resolve(args)))
const asha = { userId: 'asha', name: 'Asha', claims: { millId: '1' } }
const sdk = { millrace: { version: 1, session: 's1' } }

it('[DLV2] [CHN3] gives a stock client its assigned events, with one argument, after `connected`', async () => {
  const server = await start()
  const { socket, seen } = await connect(server, asha)
  await next(socket, 'connected')
  const heard = next(socket, 'purchase:created')
  const { position } = await server.rt.publish(contract.channels.mill({ millId: 1 }), 'purchase:created', { id: 'p1', kg: 40 })
  expect(await heard).toEqual([{ id: 'p1', kg: 40 }])
  expect(position?.offset).toBe(1)
  expect(seen.map(([name]) => name)).toEqual(['connected', 'purchase:created'])
})

it('[AUTH1] refuses a connection without a token, by code', async () => {
  const server = await start()
  const socket = io(server.url, { transports: ['websocket'], reconnection: false })
  open.push(() => socket.disconnect())
  const [error] = (await next(socket, 'connect_error')) as [Error & { data: unknown }]
  expect(error.data).toMatchObject({ code: 'auth_required', retry: false })
})

it('[CHN1] answers a request that the policy denies with `denied`, and with an error event where no ack was asked for', async () => {
  const server = await start()
  const { socket } = await connect(server, asha)
  await next(socket, 'connected')
  expect(await socket.emitWithAck('join:mill', '2')).toMatchObject({ ok: false, error: { code: 'denied' } })
  const heard = next(socket, 'error')
  socket.emit('join:mill', '2')
  expect(await heard).toMatchObject([{ code: 'denied' }])
  const joined = next(socket, 'joined:mill')
  socket.emit('join:mill', '1')
  expect(await joined).toEqual([{ millId: '1' }])
})

it('[DLV1] leaves no hole at the SDK connection that a durable publication excepts, and nothing at a stock one', async () => {
  const server = await start()
  const [stock, counting] = [await connect(server, asha), await connect(server, asha, sdk)]
  await Promise.all([next(stock.socket, 'connected'), next(counting.socket, 'mr:welcome')])
  await counting.socket.emitWithAck('mr:subscribe', { channel: 'mill:1' })
  await stock.socket.emitWithAck('buy', 'p1')
  await counting.socket.emitWithAck('buy', 'p2')
  const heard = (seen: unknown[][], name: string) => seen.filter(([event]) => event === name).map(([, data]) => data)
  expect(heard(counting.seen, 'mr:pub')).toMatchObject([
    { o: 1, a: { id: 'asha' } },
    { o: 2, d: { id: 'p2' } },
  ])
  await stock.socket.emitWithAck('join:mill', '1')
  expect(heard(stock.seen, 'purchase:created')).toEqual([{ id: 'p2', kg: 1 }])
})

it('answers a handler that throws with `internal` and a reference, and tells nothing else', async () => {
  const server = await start()
  const { socket } = await connect(server, asha)
  await next(socket, 'connected')
  const answer = await socket.emitWithAck('fail', null)
  expect(answer).toMatchObject({ ok: false, error: { code: 'internal' } })
  expect(JSON.stringify(answer)).not.toContain('secret')
  expect(JSON.stringify(server.log.lines)).toContain(answer.error.details.reference)
})

it('[REC1] recovers exactly what was published after a position, then goes live', async () => {
  const server = await start()
  const mill = contract.channels.mill({ millId: 1 })
  const first = await connect(server, asha, sdk)
  await next(first.socket, 'mr:welcome')
  const { data } = await first.socket.emitWithAck('mr:subscribe', { channel: 'mill:1' })
  expect(data).toMatchObject({ kind: 'live', position: { offset: 0 }, retained: [] })
  first.socket.disconnect()
  for (let index = 1; index <= 1_200; index++) void server.rt.publish(mill, 'purchase:created', { id: `p${index}`, kg: index })
  await server.rt.publish(mill, 'dashboard:stats', { total: 7 })

  const second = await connect(server, asha, sdk)
  await next(second.socket, 'mr:welcome')
  const answer = await second.socket.emitWithAck('mr:subscribe', { channel: 'mill:1', position: data.position })
  expect(answer.data).toMatchObject({
    kind: 'recovered',
    count: 1_200,
    position: { offset: 1_200 },
    retained: [{ e: 'dashboard:stats', d: { total: 7 } }],
  })
  const chunks = second.seen.filter(([name]) => name === 'mr:recovered').map(([, chunk]) => chunk as { publications: { o: number }[] })
  expect(chunks.flatMap(({ publications }) => publications.map(({ o }) => o))).toEqual(
    Array.from({ length: 1_200 }, (_, index) => index + 1),
  )
  const live = next(second.socket, 'mr:pub')
  await server.rt.publish(mill, 'purchase:created', { id: 'last', kg: 1 })
  expect(await live).toMatchObject([{ c: 'mill:1', e: 'purchase:created', d: { id: 'last' }, o: 1_201 }])
})

it('[PRE1] tells a subscriber who is here, and then each change: people, not sockets', async () => {
  const server = await start()
  const first = await connect(server, asha, sdk)
  await next(first.socket, 'mr:welcome')
  const sync = next(first.socket, 'mr:presence')
  await first.socket.emitWithAck('mr:subscribe', { channel: 'mill:1', presence: { state: { view: 'stock' } } })
  expect(await sync).toMatchObject([{ kind: 'sync', members: [{ userId: 'asha', state: { view: 'stock' }, connections: 1 }] }])

  const joined = next(first.socket, 'mr:presence')
  const ravi = await connect(server, { ...asha, userId: 'ravi', name: 'Ravi' })
  expect(await joined).toMatchObject([{ kind: 'changes', members: [{ userId: 'ravi' }], left: [] }])
  await server.clock.advance(250)
  const left = next(first.socket, 'mr:presence')
  ravi.socket.disconnect()
  expect(await left).toMatchObject([{ kind: 'changes', members: [], left: ['ravi'] }])
})

it('[INB1] [INB3] stores a notification, counts it, and marks it read on every device', async () => {
  const server = await start()
  const devices = [await connect(server, asha, sdk), await connect(server, asha, sdk)]
  await Promise.all(devices.map(({ socket }) => next(socket, 'mr:welcome')))
  const added = devices.map(({ socket }) => next(socket, 'mr:inbox'))
  await server.rt.notify({ user: 'asha' }, { type: 'success', title: 'New purchase', message: 'Ravi bought paddy' })
  for (const [change] of (await Promise.all(added)) as { unread: number }[][])
    expect(change).toMatchObject({ kind: 'added', unread: 1, revision: 1 })
  const marked = next((devices[1] as { socket: Socket }).socket, 'mr:inbox')
  await devices[0]?.socket.emitWithAck('mr:inbox-mark', { ids: 'all', read: true })
  expect(await marked).toMatchObject([{ kind: 'marked', unread: 0, revision: 2 }])
})

it('loads a user again on `reauthorize`, and puts into force what has changed', async () => {
  let user: LoadedUser = { active: true, roles: ['admin'] }
  const server = await start({ loadUser: () => user })
  const { socket } = await connect(server, { userId: 'asha' }, sdk)
  await next(socket, 'mr:welcome')
  expect(await socket.emitWithAck('mr:subscribe', { channel: 'mill:2' })).toMatchObject({ ok: true })
  const ended = next(socket, 'mr:unsubscribed')
  user = { active: true, roles: [] }
  await server.rt.reauthorize('asha')
  expect(await ended).toMatchObject([{ channel: 'mill:2', error: { code: 'denied' } }])
  const farewell = next(socket, 'mr:disconnect')
  user = { active: false }
  await server.rt.reauthorize('asha')
  expect(await farewell).toMatchObject([{ code: 'revoked', retry: false }])
})

it('[INB2] tells devices of notifications that are past their retention', async () => {
  const server = await start({ inbox: { retentionMs: 30_000 } })
  const { socket } = await connect(server, asha, sdk)
  await next(socket, 'mr:welcome')
  await server.rt.notify({ user: 'asha' }, { type: 'info', title: 'Old', message: 'soon gone' })
  const deleted = new Promise((resolve) =>
    socket.on('mr:inbox', (change: { kind: string }) => change.kind === 'deleted' && resolve(change)),
  )
  await server.clock.advance(61_000)
  expect(await deleted).toMatchObject({ kind: 'deleted', unread: 0 })
})

it('[AUTH4] ends a connection within two seconds of its token’s end, unless it was refreshed', async () => {
  const server = await start()
  const [kept, lost] = [
    await connect(server, { ...asha, expiresInMs: 60_000 }, sdk),
    await connect(server, { ...asha, expiresInMs: 60_000 }, sdk),
  ]
  await Promise.all([kept, lost].map(({ socket }) => next(socket, 'mr:welcome')))
  const answer = await kept.socket.emitWithAck('mr:refresh', { token: await server.mint({ ...asha, expiresInMs: 600_000 }) })
  expect(answer.ok).toBe(true)
  const farewell = next(lost.socket, 'mr:disconnect')
  const gone = next(lost.socket, 'disconnect')
  await server.clock.advance(62_000)
  expect(await farewell).toMatchObject([{ code: 'token_expired', retry: true }])
  await gone
  expect(kept.socket.connected).toBe(true)
})
