import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { type Clock, type ErrorBody, MillraceError, type RefusalCode } from '@millrace/contract'
import { Server, type Socket } from 'socket.io'
import { addressOf } from './address.ts'
import { eventFrame, type SocketFrame } from './frames.ts'
import { hangUp } from './hang-up.ts'
import { Link } from './link.ts'
import { AckRequest, parser } from './parser.ts'
import type { Admitted, Transport, TransportHandler } from './port.ts'
import { SocketConnection } from './socket-connection.ts'

export interface SocketIoOptions {
  readonly handler: TransportHandler
  readonly clock: Clock
  readonly path: string
  /** Beside `/`. */
  readonly namespaces: readonly string[]
  readonly origins: readonly string[]
  /** How many proxies of our own a connection comes through. */
  readonly trustedProxies: number
  readonly originAllowed: (headers: IncomingMessage['headers']) => boolean
  readonly outboundMaxBytes: number
  readonly inboundMaxBytes: number
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number }
  readonly refusalMessages: Partial<Record<RefusalCode, string>>
  readonly onDrop: (frame: SocketFrame, how: 'dropped' | 'conflated') => void
}

type Conn = Socket['conn']

/** Millrace's transport: the official Socket.IO server, with our parser for acks and our queue for everything that goes out. */
export function socketIoTransport(options: SocketIoOptions): Transport {
  const { handler, refusalMessages } = options
  const links = new Map<Conn, Link>()
  const admissions = new WeakMap<Socket, Admitted>()
  const engines: { close(): unknown }[] = []
  const open = new Set<Conn>()
  let accepting = true

  const io = new Server({
    path: options.path,
    parser,
    serveClient: false,
    cors: { origin: [...options.origins], credentials: true, methods: ['GET', 'POST'] },
    maxHttpBufferSize: options.inboundMaxBytes,
    pingInterval: options.heartbeat.intervalMs,
    pingTimeout: options.heartbeat.timeoutMs,
    connectTimeout: 20_000,
    allowRequest: (request, done) => {
      // Before anything is read: a foreign page gets nothing (AUTH6). A refused upgrade can say no more than its status.
      if (!options.originAllowed(request.headers)) done('origin_not_allowed', false)
      else if (!accepting && !new URL(request.url ?? '', 'http://host').searchParams.has('sid')) done('draining', false)
      else done(null, true)
    },
  })

  function linkOf(conn: Conn): Link {
    const known = links.get(conn)
    if (known !== undefined) return known
    const link = new Link(conn, {
      maxBytes: options.outboundMaxBytes,
      clock: options.clock,
      onDrop: options.onDrop,
      onOverflow: () => overflowed.get(conn)?.(),
    })
    if (conn.readyState === 'open') {
      links.set(conn, link)
      conn.once('close', () => links.delete(conn))
    }
    return link
  }
  const overflowed = new WeakMap<Conn, () => void>()

  function refuse(body: ErrorBody): Error {
    const text = body.code in refusalMessages ? refusalMessages[body.code as RefusalCode] : undefined
    return Object.assign(new Error(text ?? body.message), { data: body })
  }

  for (const namespace of ['/', ...options.namespaces]) {
    const nsp = io.of(namespace)
    nsp.use((socket, next) => {
      const { handshake } = socket
      handler
        .admit({
          namespace,
          address: addressOf(handshake.address, handshake.headers['x-forwarded-for'], options.trustedProxies),
          auth: handshake.auth,
          headers: handshake.headers,
        })
        .then((admission) => {
          if (!admission.ok) return next(refuse(admission.body))
          admissions.set(socket, admission)
          next()
        })
        .catch((error: unknown) => next(refuse(new MillraceError('auth_unavailable', undefined, undefined, { cause: error }).toBody())))
    })
    nsp.on('connection', (socket) => {
      const admission = admissions.get(socket)
      if (admission === undefined) {
        socket.disconnect(true)
        return
      }
      admissions.delete(socket)
      const connection = new SocketConnection(socket, linkOf(socket.conn), admission)
      overflowed.set(socket.conn, () => connection.disconnect('slow_consumer'))
      socket.onAny((event: string, ...args: unknown[]) => {
        // Its rights have ended, even where the goodbye is still on its way.
        if (connection.ended !== null) return
        const last = args.at(-1)
        const packetId = last instanceof AckRequest ? last.packetId : undefined
        if (packetId !== undefined) args.pop()
        handler.message(connection, event, args, packetId === undefined ? undefined : (json) => connection.ack(packetId, json))
      })
      socket.on('disconnect', (reason) => handler.disconnected(connection, connection.ended ?? reason))
      handler.connected(connection, admission)
    })
  }

  return {
    attach(server: HttpServer) {
      io.attach(server)
      engines.push(io.engine)
      io.engine.on('connection', (conn: Conn) => {
        open.add(conn)
        conn.on('close', () => open.delete(conn))
      })
    },
    frame: eventFrame,
    get queuedBytes() {
      let bytes = 0
      for (const link of links.values()) bytes += link.bytes
      return bytes
    },
    stopAccepting() {
      accepting = false
    },
    async close() {
      accepting = false
      // The engines alone: after Socket.IO's own goodbye a stock client would not come back.
      for (const conn of [...open]) hangUp(conn)
      for (const engine of engines.splice(0)) engine.close()
    },
  }
}
