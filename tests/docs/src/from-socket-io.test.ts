import { eventually } from '@millrace-tests/support'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSamples, type Samples } from './node/samples.ts'
import { secret, tokenOf } from './tokens.ts'

let samples: Samples
const sockets: Socket[] = []
beforeEach(async () => {
  samples = await openSamples('from-socket-io')
  samples.run('server.ts', { env: { JWT_SECRET: secret } })
  await eventually('the server', async () => (await fetch(`${samples.url}/health`).catch(() => null))?.status === 200, { ms: 20_000 })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect()
  await samples.close()
})

const metrics = async () => (await fetch(`${samples.url}/metrics`)).text()
const buy = () => fetch(`${samples.url}/api/v1/mills/1/purchases`, { method: 'POST' })

/** A stock client, and everything that it hears. */
function stock(user: string | null): { readonly socket: Socket; readonly heard: unknown[][] } {
  const socket = io(samples.url, { auth: user === null ? {} : { token: tokenOf(user) }, forceNew: true })
  const heard: unknown[][] = []
  socket.onAny((...args: unknown[]) => heard.push(args))
  sockets.push(socket)
  return { socket, heard }
}

async function refusal(user: string | null): Promise<string> {
  const { socket } = stock(user)
  return (await new Promise<Error>((resolve) => socket.once('connect_error', resolve))).message
}

it('[DLV2] lets the old client hear and ask what it did, and the new one in the same channel', async () => {
  const token = tokenOf('asha')
  const old = samples.run('old-client.ts', { env: { TOKEN: token } })
  const sdk = samples.run('new-client.ts', { env: { TOKEN: token } })
  await old.line(/^connected asha$/)
  await old.line(/^error: not allowed to hear mill:2$/)
  await old.line(/^purchases: 0$/)
  // The old client's two assigned channels, and the one that the new client listens to.
  await eventually('the subscriptions', async () => /^millrace_subscriptions 3$/m.test(await metrics()), { ms: 20_000 })
  await buy()
  await old.line(/^Asha 400$/)
  await old.line(/^Asha bought 400 kg$/)
  await sdk.line(/^Asha 400$/)
  await sdk.line(/^unread: 1$/)
})

it('[AUTH1] refuses in the words that the clients know', async () => {
  expect(await refusal(null)).toBe('Authentication token required')
  expect(await refusal('ira')).toBe('User not found or inactive')
})

it('[CHN1] lets an administrator into any mill, and tells others who types', async () => {
  const admin = stock('admin')
  const asha = stock('asha')
  expect(await admin.socket.emitWithAck('join:mill', '1')).toEqual({ ok: true, data: { millId: '1' } })
  await eventually('the greeting', () => asha.heard.length > 0)
  asha.socket.emit('activity:typing', { millId: '1', entity: 'purchase' })
  await eventually('the typing', () => admin.heard.some(([name]) => name === 'activity:typing'))
  expect(admin.heard).toContainEqual(['activity:typing', { user: { id: 'asha', name: 'Asha' }, entity: 'purchase' }])
  asha.socket.emit('activity:stop-typing', { millId: '1' })
  await eventually('the end of it', () => admin.heard.some(([name]) => name === 'activity:stop-typing'))
  expect(asha.heard.map(([name]) => name)).toEqual(['connected'])
  expect(await admin.socket.emitWithAck('leave:mill', '1')).toEqual({ ok: true, data: { millId: '1' } })
  await buy()
  await eventually('the purchase', () => asha.heard.some(([name]) => name === 'purchase:created'))
  expect(admin.heard.map(([name]) => name)).not.toContain('purchase:created')
})
