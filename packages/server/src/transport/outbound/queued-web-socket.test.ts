import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Batch } from './batch.ts'
import { type Outlet, type QueuedWebSocket, QueuedWebSocketServer } from './queued-web-socket.ts'
import { SocketFrame } from './socket-frame.ts'

const lane = { name: 'direct', maxBytes: 1_000_000, highWaterBytes: 1_000_000, volatile: 'drop-newest' } as const
const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

interface Heard {
  readonly kind: 'text' | 'binary' | 'pong'
  readonly data: string
}

/** Both ends of one WebSocket; `outlet` writes when it is told to flush. */
async function pair({ compression = false, windowBits = 15 } = {}) {
  const http: Server = createServer()
  const server = new QueuedWebSocketServer({
    noServer: true,
    perMessageDeflate: compression && { serverNoContextTakeover: true, clientNoContextTakeover: true },
  })
  const accepted = new Promise<QueuedWebSocket>((resolve) =>
    http.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head, resolve)),
  )
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  // Holds: a server that listens on a port has an address of this kind.
  const { port } = http.address() as AddressInfo
  const client = new WebSocket(`ws://127.0.0.1:${port}`, {
    perMessageDeflate: compression && { serverMaxWindowBits: windowBits },
  })
  open.push(() => {
    client.terminate()
    http.close()
  })
  const heard: Heard[] = []
  const waiting: (() => void)[] = []
  const hear = (kind: Heard['kind'], data: Buffer): void => {
    heard.push({ kind, data: data.toString() })
    for (const wake of waiting.splice(0)) wake()
  }
  client.on('message', (data: Buffer, binary) => hear(binary ? 'binary' : 'text', data))
  client.on('pong', (data) => hear('pong', data))
  const closed = new Promise<number>((resolve) => client.on('close', resolve))
  const socket = await accepted
  await new Promise((resolve) => client.once('open', resolve))

  let batch = Batch.empty()
  let drains = 0
  const outlet: Outlet = {
    sendRaw: (payload, kind, delivery) => {
      batch = batch.with(new SocketFrame(payload, { kind, delivery, lane }))
    },
    flush: () => {
      if (batch.bytes > 0) socket.write(batch)
      batch = Batch.empty()
    },
    drained: () => drains++,
  }
  socket.attach(outlet)
  return {
    client,
    socket,
    outlet,
    heard,
    closed,
    drains: () => drains,
    async until(count: number) {
      while (heard.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
      return heard
    },
  }
}

it('[DLV4] lets nothing past the outlet: text, binary and pongs leave in the order in which they were sent', async () => {
  const { client, socket, outlet, heard, until } = await pair()
  let handedOver = 0
  socket.send('first', () => handedOver++)
  socket.send(Buffer.from('second'), { compress: false }, () => handedOver++)
  expect(handedOver).toBe(2)
  const pinged = new Promise((resolve) => socket.once('ping', resolve))
  client.ping('third')
  await pinged
  socket.send('fourth')
  expect(heard).toEqual([])
  outlet.flush()
  expect(await until(4)).toEqual([
    { kind: 'text', data: 'first' },
    { kind: 'binary', data: 'second' },
    { kind: 'pong', data: 'third' },
    { kind: 'text', data: 'fourth' },
  ])
})

it('[DLV4] says goodbye after what was sent before', async () => {
  const { socket, heard, closed } = await pair()
  socket.send('last words')
  socket.close(1000)
  expect(await closed).toBe(1000)
  expect(heard).toEqual([{ kind: 'text', data: 'last words' }])
})

it('[BP1] says when the kernel is behind, how far, and when it takes more', async () => {
  const { client, socket, drains } = await pair()
  client.pause()
  const batch = Batch.empty().with(new SocketFrame('x'.repeat(100_000), { delivery: 'durable', lane }))
  // A connection inside one machine takes some megabytes.
  let written = 0
  while (socket.unsentBytes === 0 && written < 1_000) {
    socket.write(batch)
    written++
  }
  expect(written).toBeLessThan(1_000)
  expect(socket.write(batch)).toBe(false)
  expect(socket.unsentBytes).toBeGreaterThan(100_000)
  const before = drains()
  const drained = new Promise<void>((resolve) => {
    client.on('message', () => drains() > before && resolve())
  })
  client.resume()
  await drained
  expect(socket.unsentBytes).toBe(0)
})

it('[BP1] bounds what waits before it is attached: a peer that reads nothing gets no more pongs, and no more answers', async () => {
  const { client, socket, closed } = await pair()
  socket.detach()
  client.pause()
  const ping = Buffer.alloc(125)
  for (let pings = 0; socket.unsentBytes === 0 && pings < 1_000_000; pings++) socket.pong(ping)
  expect(socket.unsentBytes).toBeGreaterThan(0)
  for (let pings = 0; pings < 100_000; pings++) socket.pong(ping)
  expect(socket.unsentBytes).toBeLessThan(100_000)
  socket.send('3probe')
  client.resume()
  expect(await closed).toBe(1006)
})

it('sends as ws does before it is attached, and after it is detached', async () => {
  const { socket, until } = await pair()
  socket.detach()
  await new Promise<void>((resolve, reject) => socket.send('plain', (error) => (error ? reject(error) : resolve())))
  expect(await until(1)).toEqual([{ kind: 'text', data: 'plain' }])
})

it.each([
  ['what a client with a full window inflates', 15, (bytes: number) => bytes < 10_000],
  ['plain text to one whose window is smaller', 10, (bytes: number) => bytes > 100_000],
])('compresses: %s', async (_, windowBits, fits) => {
  const { client, socket, outlet, until } = await pair({ compression: true, windowBits })
  const texts = ['short', 'long '.repeat(10_000), 'long '.repeat(10_000)]
  for (const text of texts) socket.send(text)
  outlet.flush()
  expect((await until(3)).map(({ data }) => data)).toEqual(texts)
  // Holds: the socket under a client that has opened.
  expect(Reflect.get(client, '_socket') as Socket).toSatisfy(({ bytesRead }: Socket) => fits(bytesRead))
})
