import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { RefusalCode } from '@millrace/contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { door } from './door.ts'

/** A server whose door a test opens. */
class Subject {
  readonly waiting: { readonly enter: () => boolean; readonly address: string; readonly socket: Socket }[] = []
  readonly turnedAway: RefusalCode[] = []
  readonly upgraded: WebSocketServer = new WebSocketServer({ noServer: true })
  connections = 0
  accepting = true
  refusal: RefusalCode | null = null
  readonly #http = createServer()
  readonly #clients: Socket[] = []

  async open(): Promise<void> {
    let asking: IncomingMessage | undefined
    const allow = door({
      handler: {
        knock: (address, enter) => {
          if (this.refusal !== null) return this.refusal
          // Holds: the door asks in the call that it was asked in.
          this.waiting.push({ enter, address, socket: (asking as IncomingMessage).socket })
          return null
        },
        turnedAway: (code) => void this.turnedAway.push(code),
      },
      originAllowed: ({ origin }) => origin !== 'https://evil.example',
      addressOf: (peer) => peer,
      isAccepting: () => this.accepting,
    })
    const ask = (request: IncomingMessage, done: (refusal: string | null) => void): void => {
      asking = request
      allow(request, (refusal, allowed) => done(allowed ? null : refusal))
    }
    this.#http.on('request', (request, response) => ask(request, (refusal) => response.end(refusal ?? 'welcome')))
    this.#http.on('upgrade', (request, socket, head) =>
      ask(request, (refusal) => {
        if (refusal !== null) socket.destroy()
        else this.upgraded.handleUpgrade(request, socket, head, () => this.connections++)
      }),
    )
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
  }
  get port(): number {
    // Holds: a server that listens has an address with a port.
    return (this.#http.address() as AddressInfo).port
  }
  /** A WebSocket handshake that has arrived and waits. */
  async knock(): Promise<Socket> {
    const client = connect(this.port, '127.0.0.1')
    this.#clients.push(client)
    const before = this.waiting.length
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n')
    client.write('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n')
    await expect.poll(() => this.waiting.length).toBe(before + 1)
    return client
  }
  async ask(headers: Record<string, string> = {}): Promise<string> {
    const [response] = (await once(get({ port: this.port, host: '127.0.0.1', headers }), 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response) text += String(chunk)
    return text
  }
  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    for (const webSocket of this.upgraded.clients) webSocket.terminate()
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}

let subject: Subject
beforeEach(async () => {
  subject = new Subject()
  await subject.open()
})
afterEach(() => subject.close())

it('[BP5] lets in when the turn has come, and leaves no listener behind', async () => {
  const client = await subject.knock()
  const [waiting] = subject.waiting
  expect(waiting?.address).toBe('127.0.0.1')
  expect(waiting?.enter()).toBe(true)
  const [head] = await once(client, 'data')
  expect(String(head)).toMatch(/^HTTP\/1.1 101/)
  expect(subject.connections).toBe(1)
  expect(waiting?.socket.listeners('error').map(({ name }) => name)).toEqual(['socketOnError'])
})

it('[BP5] outlives a peer that resets while it waits, and spends no turn on it', async () => {
  const client = await subject.knock()
  const [waiting] = subject.waiting
  client.resetAndDestroy()
  await expect.poll(() => waiting?.socket.closed).toBe(true)
  expect(waiting?.enter()).toBe(false)
  expect(subject.connections).toBe(0)
})

it('[BP5] does no handshake for a peer that has hung up while it waited', async () => {
  const client = await subject.knock()
  const ended = once(client, 'close')
  client.on('data', () => {})
  client.end()
  await expect.poll(() => subject.waiting[0]?.socket.readable).toBe(false)
  expect(subject.waiting[0]?.enter()).toBe(false)
  await ended
  expect(subject.connections).toBe(0)
})

it('[AUTH6] sends a foreign page away before it may wait', async () => {
  expect(await subject.ask({ origin: 'https://evil.example' })).toBe('origin_not_allowed')
  expect(subject.waiting).toHaveLength(0)
  expect(subject.turnedAway).toEqual(['origin_not_allowed'])
})

it('[BP5] sends away who is one too many', async () => {
  subject.refusal = 'overloaded'
  expect(await subject.ask()).toBe('overloaded')
  expect(subject.turnedAway).toEqual(['overloaded'])
})

it('[HLT3] sends away who still waits when a drain begins', async () => {
  const answer = subject.ask()
  await expect.poll(() => subject.waiting.length).toBe(1)
  subject.accepting = false
  subject.waiting[0]?.enter()
  expect([await answer, await subject.ask()]).toEqual(['draining', 'draining'])
})
