import { createClient, type MillraceClient } from '@millrace/client'
import type { AnyContract, ChannelRef } from '@millrace/contract'
import { mintToken, type TokenClaims } from '@millrace-tests/support'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSamples, type Program, type Samples } from './node/samples.ts'
import { secret } from './tokens.ts'

const claims = { tenant_id: 'acme', iss: 'https://login.example.com', aud: 'mill' }
const token = (sub: string, more: Omit<TokenClaims, 'sub'> = {}) => mintToken(secret, { sub, ...claims, ...more })

let samples: Samples
let server: Program
let mill: AnyContract & { readonly channels: { mill(params: { millId: string }): ChannelRef } }
const clients: MillraceClient[] = []
beforeEach(async () => {
  samples = await openSamples('security')
  samples.add(
    'main.ts',
    `import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { move, rt, suspend } from './realtime.ts'
const http = createServer()
rt.attach(http)
http.listen(${samples.port}, () => console.log('listening'))
createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, ...args] = line.split(' ')
  void { move, suspend }[command](...args)
})`,
  )
  server = samples.run('main.ts', { env: { JWT_SECRET: secret } })
  mill = (await samples.load<{ mill: typeof mill }>('contract.ts')).mill
  await server.line(/^listening$/)
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await samples.close()
})

function clientOf(user: string): MillraceClient {
  const client = createClient({ contract: mill, url: samples.url, token: () => token(user), onError: () => {} })
  clients.push(client)
  client.connect()
  return client
}

/** Resolves when what is observed is in this state. */
function becomes<T extends { readonly state: string }>(
  observer: { subscribe(listener: () => void): () => void; getSnapshot(): T },
  state: T['state'],
): Promise<T> {
  return new Promise((resolve) => {
    const look = () => {
      const snapshot = observer.getSnapshot()
      if (snapshot.state === state) resolve(snapshot)
    }
    observer.subscribe(look)
    look()
  })
}

async function refusalOf(options: object): Promise<string> {
  const socket = io(samples.url, { transports: ['websocket'], reconnection: false, forceNew: true, ...options })
  const error = await new Promise<Error & { data?: { code: string } }>((resolve) => socket.once('connect_error', resolve))
  socket.disconnect()
  return error.data?.code ?? error.message
}

it('ends what is taken back: a channel by moving somebody, all by suspending them, and for good', async () => {
  const asha = clientOf('asha')
  const channel = asha.channel(mill.channels.mill({ millId: '1' }))
  channel.subscribe()
  await becomes(channel.status, 'live')
  server.write('move asha 2 acme')
  expect(await becomes(channel.status, 'refused')).toMatchObject({ error: { code: 'denied' } })
  expect(asha.connection.getSnapshot().state).toBe('live')
  server.write('suspend asha acme')
  expect(await becomes(asha.connection, 'refused')).toMatchObject({ code: 'revoked' })
  expect(await refusalOf({ auth: { token: token('asha') } })).toBe('auth_inactive')
})

it('[AUTH1] [AUTH2] [AUTH3] [AUTH6] refuses tokens of others, of nobody, in the query, and pages of others', async () => {
  expect(await refusalOf({})).toBe('auth_required')
  expect(await refusalOf({ query: { token: token('asha') } })).toBe('auth_required')
  expect(await refusalOf({ auth: { token: token('asha', { aud: 'shop' }) } })).toBe('auth_invalid')
  expect(await refusalOf({ auth: { token: token('asha', { tenant_id: undefined }) } })).toBe('auth_invalid')
  expect(await refusalOf({ auth: { token: token('nobody') } })).toBe('auth_inactive')
  const auth = { token: token('asha') }
  expect(await refusalOf({ auth, extraHeaders: { origin: 'https://evil.example.com' } })).toBe('websocket error')
  const welcome = io(samples.url, { auth, forceNew: true, transports: ['websocket'], extraHeaders: { origin: 'https://app.example.com' } })
  await new Promise<void>((resolve) => welcome.once('connect', resolve))
  welcome.disconnect()
})

it('[OPS2] sends an error of the application as it is, and logs neither token nor payload', async () => {
  const asha = clientOf('asha')
  await expect(asha.request('buy', { millId: '1', kg: 20_000 })).rejects.toMatchObject({
    code: 'denied',
    message: 'ask the owner for more than ten tonnes',
  })
  await expect(asha.request('buy', { millId: '1', kg: 4321 })).resolves.toMatchObject({ kg: 4321 })
  await refusalOf({ auth: { token: token('asha', { aud: 'shop' }) } })
  await server.line(/connection refused/)
  const log = server.lines.join('\n')
  expect(log).not.toContain(token('asha').slice(0, 20))
  expect(log).not.toContain('4321')
})
