import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { manualClock } from '@millrace/contract/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Fault, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

let server: Server
let targetPort: number
let upstream: Promise<Socket>
let proxy: TcpProxy
const clock = manualClock()
const opened: Socket[] = []

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Holds: a TCP server that listens has an address with a port.
  targetPort = (server.address() as AddressInfo).port
  upstream = once(server, 'connection').then(([socket]) => watch(socket as Socket))
  proxy = await startTcpProxy({ targetPort, clock })
})
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy()
  await proxy.close()
  server.close()
  await once(server, 'close')
})

function watch(socket: Socket): Socket {
  opened.push(socket)
  socket.on('error', () => {})
  return socket
}

async function open(fault: Fault = { kind: 'none' }): Promise<{ client: Socket; far: Socket }> {
  proxy.initialFault = fault
  const client = watch(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }))
  return { client, far: await upstream }
}

async function read(socket: Socket, bytes: number): Promise<string> {
  let text = ''
  while (text.length < bytes) {
    const [chunk] = await once(socket, 'data')
    text += String(chunk)
  }
  return text
}

/** Whatever was on its way has arrived: a round trip on a connection of its own came back. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const probe = watch(connect({ port: targetPort, host: '127.0.0.1' }))
    const [[far]] = await Promise.all([once(server, 'connection'), once(probe, 'connect')])
    watch(far as Socket).end('x')
    await read(probe, 1)
  }
}

function collect(socket: Socket): { text: string; ended: boolean } {
  const seen = { text: '', ended: false }
  const end = () => {
    seen.ended = true
  }
  socket.on('end', end).on('close', end)
  socket.on('data', (chunk) => {
    seen.text += String(chunk)
  })
  return seen
}

describe('tcp proxy', () => {
  it('passes bytes and ends both ways', async () => {
    const { client, far } = await open()
    client.write('ping')
    expect(await read(far, 4)).toBe('ping')
    far.end('pong')
    const ended = once(client, 'end')
    expect(await read(client, 4)).toBe('pong')
    await ended
    client.end()
    await once(far, 'end')
    expect(proxy.connections).toEqual([])
  })

  it('passes a megabyte through a slow reader unharmed', async () => {
    const { client, far } = await open()
    const sent = 'a'.repeat(1_048_576)
    far.pause()
    client.write(sent)
    await settled()
    far.resume()
    expect((await read(far, sent.length)).length).toBe(sent.length)
  })

  it('delays bytes and keeps their order', async () => {
    const { client, far } = await open({ kind: 'delay', ms: 300 })
    const seen = collect(far)
    client.write('one ')
    await settled()
    await clock.advance(200)
    client.write('two')
    await settled()
    expect(seen.text).toBe('')
    await clock.advance(100)
    await settled()
    expect(seen.text).toBe('one ')
    await clock.advance(200)
    await settled()
    expect(seen.text).toBe('one two')
  })

  it('throttles to the given pace', async () => {
    const { client, far } = await open({ kind: 'throttle', bytesPerSecond: 1_000 })
    const seen = collect(far)
    client.write('x'.repeat(500))
    await settled()
    await clock.advance(200)
    await settled()
    expect(seen.text.length).toBeGreaterThanOrEqual(180)
    expect(seen.text.length).toBeLessThanOrEqual(240)
    await clock.advance(300)
    await settled()
    expect(seen.text.length).toBe(500)
  })

  it('stalls without loss', async () => {
    const { client, far } = await open({ kind: 'stall' })
    const seen = collect(far)
    client.write('held')
    await settled()
    expect(seen.text).toBe('')
    proxy.applyToAll({ kind: 'none' })
    await settled()
    expect(seen.text).toBe('held')
  })

  it('swallows everything in a black hole, ends included, and stays so', async () => {
    const { client, far } = await open({ kind: 'black-hole' })
    const [atServer, atClient] = [collect(far), collect(client)]
    client.end('up')
    far.write('down')
    await settled()
    proxy.applyToAll({ kind: 'none' })
    far.write('more')
    await settled()
    expect([atServer, atClient]).toEqual([
      { text: '', ended: false },
      { text: '', ended: false },
    ])
    expect(proxy.connections.map(({ fault }) => fault.kind)).toEqual(['black-hole'])
  })

  it('keeps one direction of a half-open connection going', async () => {
    const { client, far } = await open({ kind: 'half-open', dead: 'up' })
    const [atServer, atClient] = [collect(far), collect(client)]
    client.write('up')
    far.write('down')
    await settled()
    expect(atServer.text).toBe('')
    expect(atClient.text).toBe('down')
  })

  it('resets both ends', async () => {
    const { client, far } = await open()
    const errors = Promise.all([once(client, 'error'), once(far, 'error')])
    await settled()
    proxy.applyToAll({ kind: 'reset' })
    expect((await errors).map(([error]) => (error as NodeJS.ErrnoException).code)).toEqual(['ECONNRESET', 'ECONNRESET'])
    expect(proxy.connections).toEqual([])
  })

  it('cuts in the middle of what one side sends', async () => {
    const { client, far } = await open({ kind: 'cut-after', bytes: 5, direction: 'down' })
    const seen = collect(client)
    // What arrived before an RST may be read first; some kernels then tell of an end, others of an error.
    const over = new Promise((resolve) => void client.once('end', resolve).once('error', resolve))
    const reset = once(far, 'error')
    client.write('any number of bytes upward')
    far.write('12345678')
    await Promise.all([over, reset])
    expect(seen.text).toBe('12345')
  })

  it('refuses new connections and leaves open ones alone', async () => {
    const { client, far } = await open()
    client.write('a')
    await read(far, 1)
    proxy.door = 'refuse'
    const refused = watch(connect(proxy.port, '127.0.0.1'))
    const [error] = await once(refused, 'error')
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET')
    client.write('b')
    expect(await read(far, 1)).toBe('b')
  })

  it('resets a client whose server cannot be reached', async () => {
    const nowhere = await startTcpProxy({ targetPort: 1, clock })
    const client = watch(connect(nowhere.port, '127.0.0.1'))
    const [error] = await once(client, 'error')
    expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET')
    expect(nowhere.connections).toEqual([])
    await nowhere.close()
  })
})
