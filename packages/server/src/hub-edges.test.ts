import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { channel, defineContract, event } from '@millrace/contract'
import Database from 'libsql'
import { io, type Socket } from 'socket.io-client'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { systemClock } from './node/clock.ts'
import { sqliteStore } from './sqlite/index.ts'
import { startTestServer, type TestServerOptions } from './testing/index.ts'

const contract = defineContract({
  channels: { mill: channel('mill:{millId}', { events: { 'purchase:created': event(z.object({ id: z.string() })) } }) },
})
const mill = contract.channels.mill({ millId: 1 })

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(options: Partial<TestServerOptions<typeof contract, typeof systemClock>> = {}) {
  const server = await startTestServer({ contract, policy: { mill: () => true }, assign: () => [mill], clock: systemClock, ...options })
  open.push(() => server.close())
  return server
}

function connect(server: { readonly url: string }, options: object): Socket {
  const socket = io(server.url, { transports: ['websocket'], reconnection: false, forceNew: true, ...options })
  open.push(() => socket.disconnect())
  return socket
}

const next = (socket: Socket, name: string): Promise<unknown[]> => new Promise((resolve) => socket.once(name, (...args) => resolve(args)))

async function refusal(socket: Socket): Promise<unknown> {
  const [error] = (await next(socket, 'connect_error')) as [Error & { data?: { code: string } }]
  return error.data?.code ?? error.message
}

async function withDatabase(): Promise<Database.Database> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-hub-'))
  const database = new Database(join(folder, 'app.db'))
  database.exec('create table purchases (id text primary key)')
  open.push(() => rm(folder, { recursive: true }))
  open.push(() => database.close())
  return database
}

it('[AUTH3] takes the token from `auth` or the header, and never from the query string', async () => {
  const server = await start()
  const token = await server.mint({ userId: 'asha' })
  expect(await refusal(connect(server, { query: { token } }))).toBe('auth_required')
  await next(connect(server, { extraHeaders: { authorization: `Bearer ${token}` } }), 'connect')
  await next(connect(server, { auth: { token } }), 'connect')
})

it('[AUTH6] refuses a foreign origin before anything is read', async () => {
  const server = await start({ origins: ['https://mill.example'] })
  const token = await server.mint({ userId: 'asha' })
  await next(connect(server, { auth: { token }, extraHeaders: { origin: 'https://mill.example' } }), 'connect')
  for (const origin of ['https://mill.example.evil.test', 'http://mill.example', 'null'])
    expect(await refusal(connect(server, { auth: { token }, extraHeaders: { origin } }))).toBe('websocket error')
  expect(JSON.stringify(server.log.lines)).not.toContain(token)
})

it('[AUTH2] refuses a token of another key, and an expired one by its own code', async () => {
  const server = await start()
  expect(await refusal(connect(server, { auth: { token: 'not.a.token' } }))).toBe('auth_invalid')
  expect(await refusal(connect(server, { auth: { token: await server.mint({ userId: 'asha', expiresInMs: -60_000 }) } }))).toBe(
    'auth_expired',
  )
})

it('[HLT1] [OPS1] answers health and metrics over HTTP', async () => {
  const server = await start()
  await next(connect(server, { auth: { token: await server.mint({ userId: 'asha' }) } }), 'connect')
  await server.rt.publish(mill, 'purchase:created', { id: 'p1' })
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
  expect((await fetch(`${server.url}/health/websocket`)).status).toBe(200)
  await expect.poll(async () => (await fetch(`${server.url}/health/ready`)).status).toBe(200)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toMatch(/millrace_connections\{[^}]*\} 1/)
  expect(metrics).toMatch(/millrace_publications_total\{[^}]*durable[^}]*\} 1/)
})

it('[HLT3] drains: clients are told to come back with jitter, nobody new comes in, and it ends', async () => {
  const server = await start({ random: () => 0.5 })
  const token = await server.mint({ userId: 'asha' })
  const stock = connect(server, { auth: { token } })
  const sdk = connect(server, { auth: { token, millrace: { version: 1, session: 's1' } } })
  await Promise.all([next(stock, 'connect'), next(sdk, 'mr:welcome')])
  const farewell = next(sdk, 'mr:disconnect')
  const gone = next(stock, 'disconnect')
  await server.rt.drain({ timeoutMs: 5_000, reconnectWithinMs: 4_000 })
  expect(await farewell).toMatchObject([{ code: 'draining', retry: true, retryAfterMs: 2_000 }])
  // After `transport close` a stock client reconnects by itself; after `io server disconnect` it would stay away.
  expect(await gone).toMatchObject(['transport close', expect.anything()])
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(503)
})

it('[OUT1] delivers what a transaction published once it has committed, and nothing of one that rolled back', async () => {
  const database = await withDatabase()
  const store = sqliteStore({ database })
  open.push(() => store.close())
  const server = await start({ store })
  const socket = connect(server, { auth: { token: await server.mint({ userId: 'asha' }) } })
  await next(socket, 'connect')
  const heard: unknown[] = []
  socket.on('purchase:created', (purchase) => heard.push(purchase))
  const insert = database.prepare('insert into purchases values (?)')
  const buy = (id: string, fail: boolean) =>
    database.transaction(() => {
      insert.run(id)
      void server.rt.publish(mill, 'purchase:created', { id }, { tx: database })
      void server.rt.notify({ user: 'asha' }, { type: 'success', title: 'Bought', message: id }, { tx: database })
      if (fail) throw new Error('no money')
    })()
  expect(() => buy('p1', true)).toThrow('no money')
  buy('p2', false)
  await expect.poll(() => heard).toEqual([{ id: 'p2' }])
  expect(await server.rt.inbox.list('asha')).toMatchObject({ unread: 1, notifications: [{ message: 'p2' }] })
})

it('[CON3] throws from the transaction for a payload that is not valid, so that it rolls back', async () => {
  const database = await withDatabase()
  const store = sqliteStore({ database })
  open.push(() => store.close())
  const { rt } = await start({ store })
  const buy = database.transaction(() => {
    database.prepare('insert into purchases values (?)').run('p1')
    // A number where the contract says text: what untyped code would send.
    void rt.publish(mill, 'purchase:created', { id: 7 as unknown as string }, { tx: database })
  })
  expect(buy).toThrow('id: ')
  expect(database.prepare('select count(*) as rows from purchases').get()).toMatchObject({ rows: 0 })
})

it('[TEN3] throws from the transaction for a publication over the quota, so that it rolls back', async () => {
  const database = await withDatabase()
  const store = sqliteStore({ database })
  open.push(() => store.close())
  const { rt } = await start({ store, quotas: { publications: { perSecond: 0.001, burst: 2 } } })
  const buy = database.transaction((id: string) => {
    database.prepare('insert into purchases values (?)').run(id)
    void rt.publish(mill, 'purchase:created', { id }, { tx: database })
  })
  buy('p1')
  buy('p2')
  const rateLimited = expect.objectContaining({ code: 'rate_limited' })
  expect(() => buy('p3')).toThrow(rateLimited)
  const tell = database.transaction(() => {
    void rt.notify({ user: 'asha' }, { type: 'info', title: 'Bought', message: 'p4' }, { tx: database })
  })
  expect(tell).toThrow(rateLimited)
  await expect(rt.publish(mill, 'purchase:created', { id: 'p4' })).rejects.toMatchObject({ code: 'rate_limited' })
  expect(database.prepare('select id from purchases').all()).toEqual([{ id: 'p1' }, { id: 'p2' }])
  expect(await rt.metrics()).toContain('millrace_quota_refusals_total{quota="publications"} 3\n')
})

it('rejects, and does not throw, for a publication that is not valid outside of a transaction', async () => {
  const { rt } = await start()
  const publishing = rt.publish(mill, 'nothing' as 'purchase:created', { id: 'p1' })
  await expect(publishing).rejects.toMatchObject({ code: 'unknown_event' })
})

it('[BP3] refuses what is over the limit with the time to wait, and ends a connection that goes on', async () => {
  const server = await start({ limits: { messagesPerConnection: { perSecond: 1, burst: 2 }, abuseAfter: 5 } })
  const socket = connect(server, { auth: { token: await server.mint({ userId: 'asha' }) } })
  await next(socket, 'connect')
  const gone = next(socket, 'disconnect')
  const answers = await Promise.all(Array.from({ length: 4 }, () => socket.emitWithAck('nothing', null)))
  expect(answers.map(({ error }) => error.code)).toEqual(['unknown_event', 'unknown_event', 'rate_limited', 'rate_limited'])
  expect(answers[3].error.details.retryAfterMs).toBeGreaterThan(0)
  for (let count = 0; count < 10; count++) socket.emit('nothing', null)
  await gone
})

it('[BP5] takes handshakes up by turns, sends away who is past the bound, and goes on', async () => {
  const server = await start({ limits: { handshakesPerTurn: 1, handshakesWaiting: 2 } })
  const storm = createConnection(server.port, '127.0.0.1')
  open.push(() => storm.destroy())
  let text = ''
  storm.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  // In one packet, which is one turn.
  storm.write('GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(40))
  await expect.poll(() => [...text.matchAll(/HTTP\/1.1 (\d+)/g)].length).toBe(40)
  const statuses = [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)
  expect(statuses).toEqual([...Array.from({ length: 3 }, () => '200'), ...Array.from({ length: 37 }, () => '403')])
  expect(text).toContain('"message":"overloaded"')
  const metrics = await server.rt.metrics()
  expect(metrics).toContain('millrace_refusals_total{code="overloaded"} 37\n')
  expect(metrics).toContain('millrace_handshakes_waiting 0\n')
  await next(connect(server, { auth: { token: await server.mint({ userId: 'asha' }) } }), 'connect')
})

it.each([
  ['attempts to connect without a token', '40{}'],
  ['attempts to connect to namespaces that are not there', '40/nowhere,{}'],
  ['answers to nothing', '431[1]'],
])('[BP4] ends a connection that floods %s, and serves the others', async (_, packet) => {
  const server = await start()
  const flood = new WebSocket(`${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
  open.push(() => flood.terminate())
  await once(flood, 'message')
  if (packet.startsWith('43')) {
    flood.send(`40${JSON.stringify({ token: await server.mint({ userId: 'mallory' }) })}`)
    await once(flood, 'message')
  }
  const closed = once(flood, 'close')
  for (let count = 0; count < 5_000; count++) flood.send(packet)
  await closed
  const refusals = /millrace_refusals_total\{code="auth_required"\} (\d+)/.exec(await server.rt.metrics())
  expect(Number(refusals?.[1] ?? 0)).toBeLessThanOrEqual(100)
  await next(connect(server, { auth: { token: await server.mint({ userId: 'asha' }) } }), 'connect')
})
