import { MillraceError } from '@millrace/contract'
import { expect, it, vi } from 'vitest'
import { mill } from '../testing/mill-contract.ts'
import { startClient } from '../testing/start-client.ts'
import type { TokenRequest } from './token.ts'

const ref = mill.channels.mill({ millId: 7 })

function tokens() {
  const asked: string[] = []
  const token = async ({ reason }: TokenRequest): Promise<string> => `token-${asked.push(reason)}`
  return { asked, token }
}

it('connects when something is needed, with the token and the version of the wire', async () => {
  const { client, server, settle } = startClient({ token: tokens().token })
  await settle()
  expect(server.sockets).toHaveLength(0)
  expect(client.connection.getSnapshot()).toEqual({ state: 'idle' })

  client.channel(ref).on('purchase:created', () => {})
  await settle()
  expect(server.socket.options).toMatchObject({ path: '/socket.io', namespace: '/', auth: { token: 'token-1', millrace: { version: 1 } } })
  expect(server.socket.options.auth.millrace.session).toMatch(/^.{1,64}$/)
  expect(client.connection.getSnapshot()).toMatchObject({ state: 'live', user: { id: 'ann' } })
})

it('[CLI1] reconnects for ever, with a new token each time', async () => {
  const { asked, token } = tokens()
  const { client, server, clock, settle } = startClient({ token, script: { mode: 'hand' } })
  client.connect()
  await settle()
  for (let attempt = 1; attempt <= 50; attempt++) {
    server.cut()
    expect(client.connection.getSnapshot()).toMatchObject({ state: 'reconnecting', attempt, cause: 'network' })
    await clock.advance(1_000)
  }
  expect(asked).toHaveLength(51)
  expect(server.sockets).toHaveLength(51)
})

it('[CLI1] tries at once when the browser comes back online or the tab becomes visible', async () => {
  const { client, server, settle } = startClient()
  client.connect()
  await settle()
  server.environment.signal('offline', false)
  server.cut()
  expect(client.connection.getSnapshot()).toMatchObject({ state: 'offline' })
  server.environment.signal('online', true)
  await settle()
  expect(client.connection.getSnapshot().state).toBe('live')
  server.cut()
  server.environment.signal('visible')
  await settle()
  expect(client.connection.getSnapshot().state).toBe('live')
})

it('gives up an attempt that hangs, the token provider included', async () => {
  const { client, server, clock } = startClient({ token: () => new Promise(() => {}) })
  client.connect()
  await clock.advance(20_000)
  expect(client.connection.getSnapshot()).toMatchObject({ state: 'reconnecting', attempt: 1, cause: 'timeout' })
  expect(server.sockets).toHaveLength(0)
})

it('[AUTH4] forces a fresh token on refusal and goes on with it', async () => {
  const { asked, token } = tokens()
  const { client, server, settle } = startClient({ token })
  server.admit = ({ auth }) => (auth.token === 'token-1' ? { code: 'auth_expired', message: 'expired', retry: true } : null)
  client.connect()
  await settle()
  expect(asked).toEqual(['connect', 'expired'])
  expect(client.connection.getSnapshot().state).toBe('live')
})

it('[AUTH4] refreshes in band before the token expires, and keeps every subscription', async () => {
  const { asked, token } = tokens()
  const { client, server, clock } = startClient({ token })
  server.welcomeFields = { time: 5_000_000, expiresAt: 5_000_000 + 600_000 }
  client.channel(ref).on('purchase:created', () => {})
  await clock.advance(479_000)
  expect(asked).toEqual(['connect'])
  await clock.advance(1_000)
  expect(asked).toEqual(['connect', 'refresh'])
  expect(server.socket.received.map(({ event }) => event)).toEqual(['mr:subscribe', 'mr:refresh'])
  expect(server.socket.received.at(-1)?.payload).toEqual({ token: 'token-2' })
  expect(server.sockets).toHaveLength(1)
})

it('[AUTH4] repeats a refresh that failed, and comes back with a fresh token when the old one has ended', async () => {
  const asked: string[] = []
  const token = ({ reason }: TokenRequest): string => {
    asked.push(reason)
    if (reason === 'refresh') throw new Error('the identity provider is away')
    return 'token'
  }
  const { client, server, clock, errors } = startClient({ token })
  server.welcomeFields = { time: 0, expiresAt: 100_000 }
  client.connect()
  await clock.advance(72_000)
  expect(asked.filter((reason) => reason === 'refresh').length).toBeGreaterThan(1)
  expect(errors[0]?.context).toEqual({ during: 'token' })
  server.welcomeFields = {}
  server.socket.dismiss({ code: 'token_expired', retry: true })
  await clock.advance(0)
  expect(asked.at(-1)).toBe('expired')
  expect(client.connection.getSnapshot().state).toBe('live')
})

it('stays away where the provider says that the user has to sign in again', async () => {
  const token = vi.fn(() => {
    throw new MillraceError('auth_required')
  })
  const { client, clock } = startClient({ token })
  client.connect()
  await clock.advance(600_000)
  expect(token).toHaveBeenCalledTimes(1)
  expect(client.connection.getSnapshot()).toMatchObject({ state: 'refused', code: 'auth_required' })
  await expect(client.request('ping')).rejects.toMatchObject({ code: 'disconnected', details: { cause: 'auth_required' } })

  client.connect()
  await clock.advance(0)
  expect(token).toHaveBeenCalledTimes(2)
})

it('honours what the server says when it ends the connection', async () => {
  const { client, server, clock } = startClient()
  client.connect()
  await clock.advance(10_000)
  server.socket.dismiss({ code: 'draining', retry: true, retryAfterMs: 4_000 })
  await clock.advance(3_999)
  expect(client.connection.getSnapshot()).toMatchObject({ state: 'reconnecting', cause: 'draining' })
  await clock.advance(1)
  expect(client.connection.getSnapshot().state).toBe('live')
  server.socket.dismiss({ code: 'revoked', retry: false, reason: 'The right to connect was withdrawn' })
  await clock.advance(60_000)
  expect(client.connection.getSnapshot()).toEqual({ state: 'refused', code: 'revoked', message: 'The right to connect was withdrawn' })
})

it('[CON4] goes on after messages that it does not know or can not read', async () => {
  const { client, server, settle, errors } = startClient()
  const heard: unknown[] = []
  client.channel(ref).on('purchase:created', (data) => heard.push(data))
  await settle()
  const { socket } = server
  for (const event of [
    'mr:pub',
    'mr:recovered',
    'mr:presence',
    'mr:unsubscribed',
    'mr:inbox',
    'mr:welcome',
    'mr:disconnect',
    'mr:new',
    'other',
  ])
    for (const payload of [
      undefined,
      null,
      1,
      'x',
      [],
      {},
      { channel: ref.name },
      { c: ref.name, e: 1 },
      { channel: 'other', kind: 'new' },
    ])
      if (!(event === 'mr:unsubscribed' && payload !== null && typeof payload === 'object' && 'channel' in payload))
        socket.send(event, payload)
  server.signal(ref.name, 'an:event-of-a-later-version', { id: '0' })
  server.publish(ref.name, 'purchase:created', { id: '1', kg: 1, colour: 'unknown' })
  await settle()
  expect(heard).toEqual([{ id: '1', kg: 1, colour: 'unknown' }])
  expect(errors).toEqual([])
})

it('hands direct events to their listeners', async () => {
  const { client, server, settle } = startClient()
  const heard: string[] = []
  const stop = client.on('connected', ({ message }) => heard.push(message))
  await settle()
  server.socket.send('connected', { message: 'hello' })
  await settle()
  stop()
  server.socket.send('connected', { message: 'again' })
  await settle()
  expect(heard).toEqual(['hello'])
})

it('[CLI3] leaves no timer and no socket behind when it is closed, however often', async () => {
  const { client, server, clock, settle } = startClient({ token: () => 't' })
  server.welcomeFields = { time: 0, expiresAt: 600_000 }
  client.channel(ref).on('purchase:created', () => {})
  client.typing(ref).start()
  client.inbox.subscribe(() => {})
  await settle()
  client.typing(ref).start()
  const asked = client.request('ping').catch((error: MillraceError) => error.code)
  client.close()
  client.close()
  await settle()
  expect(await asked).toBe('disconnected')
  expect(server.socket.open).toBe(false)
  expect(client.connection.getSnapshot()).toEqual({ state: 'closed' })
  await clock.advance(5_000)
  expect(clock.pending).toBe(0)
  client.connect()
  await expect(client.request('ping')).rejects.toMatchObject({ code: 'disconnected' })
  expect(server.sockets).toHaveLength(1)
})

it('[AUTH4] asks for refused channels again when a refreshed token may hold more rights', async () => {
  const { client, server, settle } = startClient({ token: () => 't' })
  server.policy = () => ({ code: 'denied', message: 'not yet', retry: false })
  client.channel(ref).on('purchase:created', () => {})
  await settle()
  expect(client.channel(ref).status.getSnapshot().state).toBe('refused')
  server.policy = () => null
  client.refreshToken()
  await settle()
  expect(client.channel(ref).status.getSnapshot()).toEqual({ state: 'live' })
  expect(server.sockets).toHaveLength(1)
})

it('goes on trying when the socket cannot even be made', async () => {
  const broken = new Error('no sockets here')
  const { client, clock, errors } = startClient({
    connect: () => {
      throw broken
    },
  })
  client.connect()
  await clock.advance(1_000)
  expect(client.connection.getSnapshot()).toMatchObject({ state: 'reconnecting', attempt: 2 })
  expect(errors).toEqual([
    { error: broken, context: { during: 'connect' } },
    { error: broken, context: { during: 'connect' } },
  ])
})

it('refuses an address that is none', () => {
  expect(() => startClient({ url: 'not an address' })).toThrow(TypeError)
})
