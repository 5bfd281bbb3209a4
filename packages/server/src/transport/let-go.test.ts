import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Server, type Socket } from 'socket.io'
import { io as connect } from 'socket.io-client'
import { afterEach, expect, it } from 'vitest'
import { letHandshakeGo, letRequestGo, NoRooms } from './let-go.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const secret = 'a-token-that-nobody-needs-after-the-handshake'

async function admitted(headers: Record<string, string> = {}) {
  const io = new Server(0, { adapter: NoRooms, serveClient: false })
  io.engine.on('connection', letRequestGo)
  // Holds: a server that listens on a port has an address of this kind.
  const { port } = (io as unknown as { httpServer: { address(): AddressInfo } }).httpServer.address()
  const connected = once(io, 'connection') as Promise<[Socket]>
  const client = connect(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    auth: { token: secret },
    extraHeaders: { ...headers, 'x-other': secret },
  })
  open.push(
    () => client.close(),
    () => io.close(),
  )
  const [socket] = await connected
  const { handshake } = socket
  socket.on('say', (text: string) => socket.emit('said', text))
  letHandshakeGo(socket)
  return { client, socket, handshake }
}

/** Whether `text` can be reached from `root`, its prototypes and its hidden members left aside. */
function reaches(root: unknown, text: string): boolean {
  const seen = new Set<unknown>()
  const left: unknown[] = [root]
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string' && value.includes(text)) return true
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    // The engine and the server are everybody's.
    if (value instanceof Server || value.constructor?.name === 'Server') continue
    if (value instanceof Map || value instanceof Set) left.push(...value)
    else for (const key of Reflect.ownKeys(value)) left.push(Object.getOwnPropertyDescriptor(value, key)?.value)
  }
  return false
}

it('keeps neither token nor request once a socket is admitted', async () => {
  const { socket, handshake } = await admitted()
  expect(handshake.auth.token).toBe(secret)
  expect(reaches(socket.handshake, secret)).toBe(false)
  expect(reaches(socket.conn, secret)).toBe(false)
  expect(reaches(socket, secret)).toBe(false)
})

it('keeps the headers that a second namespace is admitted by', async () => {
  const { socket } = await admitted({ authorization: 'Bearer x', 'x-forwarded-for': '10.0.0.1' })
  expect(socket.request.headers).toEqual({ authorization: 'Bearer x', 'x-forwarded-for': '10.0.0.1' })
})

it('hears and answers as before, and ends once', async () => {
  const { client, socket } = await admitted()
  const ended: string[] = []
  socket.on('disconnect', (reason) => ended.push(reason))
  const said = new Promise((resolve) => client.once('said', resolve))
  client.emit('say', 'hello')
  expect(await said).toBe('hello')
  const closed = once(socket.conn, 'close')
  client.close()
  await closed
  expect(ended).toEqual(['client namespace disconnect'])
})

it('[BP4] takes an event named like a member of every object for what it is', async () => {
  const { client, socket } = await admitted()
  const heard: unknown[] = []
  socket.onAny((...args) => heard.push(args))
  const said = new Promise((resolve) => client.once('said', resolve))
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) client.emit(name, 'x')
  client.emit('say', 'still here')
  expect(await said).toBe('still here')
  expect(heard).toHaveLength(5)
  for (const emitter of [socket, socket.conn]) expect(EventEmitter.prototype.listeners.call(emitter, 'toString')).toEqual([])
})

it('leaves what is no connection of Engine.IO alone', () => {
  const emitter = new EventEmitter()
  const socket = Object.assign(new EventEmitter(), { conn: Object.assign(emitter, { transport: { name: 'polling' } }) })
  // Holds: the test is that nothing else is asked of it.
  expect(() => letHandshakeGo(socket as unknown as Socket)).not.toThrow()
})
