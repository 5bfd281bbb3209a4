import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { bursts, mintToken, sumOf, systemClock, type TokenClaims } from '@millrace-tests/support'
import { Server } from 'socket.io'
import type { Subject, SubjectOptions } from './subject.ts'

const secret = 'stock-subject-secret-of-32-bytes!'

interface Claims extends TokenClaims {
  readonly mills?: readonly string[]
  readonly exp?: number
}

function verify(token: unknown): Claims | string {
  if (typeof token !== 'string') return 'auth_required'
  const [header = '', body = '', signature = ''] = token.split('.')
  if (createHmac('sha256', secret).update(`${header}.${body}`).digest('base64url') !== signature) return 'auth_invalid'
  // Holds: the signature says that `mintToken` wrote it.
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims
  return claims.exp !== undefined && claims.exp * 1_000 < systemClock.now() ? 'auth_expired' : claims
}

function serve(http: HttpServer, perMessageDeflate: boolean): Server {
  const running = bursts()
  const io = new Server(http, { serveClient: false, maxHttpBufferSize: 1_000_000, perMessageDeflate })
  for (const namespace of ['/', '/admin'])
    io.of(namespace)
      .use((socket, next) => {
        const claims = verify(socket.handshake.auth.token)
        const code =
          typeof claims === 'string' ? claims : namespace === '/admin' && !claims.roles?.includes('ADMIN') ? 'namespace_not_allowed' : null
        if (code !== null) return next(Object.assign(new Error(code), { data: { code } }))
        socket.data = claims
        next()
      })
      .on('connection', (socket) => {
        // Holds: `use` has set it.
        const claims = socket.data as Claims
        socket.join([`user:${claims.sub}`, ...(claims.mills ?? []).map((mill) => `mill:${mill}`)])
        socket.emit('connected', { userId: claims.sub, message: 'welcome' })
        socket.on('echo', (input: { text: string }, ack?: (reply: unknown) => void) => {
          const data = { text: input.text, userId: claims.sub }
          if (ack) ack({ ok: true, data })
          else socket.emit('echo:reply', data)
        })
        socket.on('burst', async (input: { millId: string; name: string; count: number }, ack: (reply: unknown) => void) => {
          const sent = await running.run(input, ({ event, data }) => {
            if (event === 'note') socket.emit(event, data)
            else for (const each of ['/', '/admin']) io.of(each).to(`mill:${input.millId}`).emit(event, data)
          })
          ack({ ok: true, data: { sent } })
        })
        socket.on('stop', ({ name }: { name: string }) => running.stop(name))
        socket.on('upload', ({ name, bytes }: { name: string; bytes: Uint8Array }, ack: (reply: unknown) => void) =>
          ack({ ok: true, data: { name, length: bytes.length, sum: sumOf(bytes) } }),
        )
        socket.on('forbidden', (_: unknown, ack?: (reply: unknown) => void) => {
          const error = { code: 'denied', message: 'no', retry: false }
          if (ack) ack({ ok: false, error })
          else socket.emit('error', error)
        })
      })
  return io
}

/** The official server, with the same behaviour by hand: it shows that the suite asks for nothing but Socket.IO. */
export async function startStockSubject({ compression = false }: SubjectOptions = {}): Promise<Subject> {
  let port = 0
  let http: HttpServer
  let io: Server
  const sockets = new Set<Socket>()

  async function up(): Promise<void> {
    http = createServer()
    http.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    io = serve(http, compression)
    http.listen(port, '127.0.0.1')
    await once(http, 'listening')
    // Holds: an HTTP server that listens has an address with a port.
    port = (http.address() as AddressInfo).port
  }
  /** As when the process is killed: nobody is told. */
  async function down(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => http.close(resolve))
    io.engine.close()
  }
  await up()

  return {
    url: `http://127.0.0.1:${port}`,
    token: (claims) => mintToken(secret, claims),
    expiredToken: (claims) => mintToken(secret, claims, 1_000_000_000),
    async publish(millId, purchase) {
      for (const namespace of ['/', '/admin']) io.of(namespace).to(`mill:${millId}`).emit('purchase:created', purchase)
    },
    async endForNow(userId) {
      for (const socket of io.of('/').sockets.values()) if ((socket.data as Claims).sub === userId) socket.conn.close()
    },
    async endForGood(userId) {
      io.in(`user:${userId}`).disconnectSockets(true)
    },
    async restart() {
      await down()
      await up()
    },
    close: down,
  }
}
