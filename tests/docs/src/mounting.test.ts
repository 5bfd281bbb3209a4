import { eventually } from '@millrace-tests/support'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSamples, type Samples } from './node/samples.ts'
import { secret, tokenOf } from './tokens.ts'

let samples: Samples
const sockets: Socket[] = []
beforeAll(async () => {
  samples = await openSamples('mounting')
  const server = samples.run('server.ts', { env: { JWT_SECRET: secret } })
  const isThere = async () => (await fetch(`${samples.url}/ws/socket.io/?EIO=4&transport=polling`).catch(() => null))?.status === 200
  await eventually('the server is there', isThere, { ms: 30_000, describe: () => server.lines })
}, 60_000)
afterAll(async () => {
  for (const socket of sockets) socket.disconnect()
  await samples.close()
})

const token = () => tokenOf('asha', { user_id: 'asha', tenant_id: 'acme', roles: ['OWNER'] })

it.each([
  ['', '/ws/socket.io'],
  ['/ws', '/socket.io'],
  ['/billing', '/ws/socket.io'],
  ['/ws/billing', '/socket.io'],
])('[DLV2] lets a client in at "%s" with the path %s', async (namespace, path) => {
  const socket = io(samples.url + namespace, { path, forceNew: true, auth: { token: token() } })
  sockets.push(socket)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject))
})

it.each(['/ws/elsewhere', '/elsewhere'])('refuses the namespace %s, which was not declared', async (namespace) => {
  const socket = io(samples.url + namespace, { path: '/socket.io', forceNew: true, auth: { token: token() } })
  sockets.push(socket)
  expect(await new Promise((resolve) => socket.once('connect_error', ({ message }) => resolve(message)))).toBe('Invalid namespace')
})
