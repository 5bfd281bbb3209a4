import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { type Clock, type ErrorBody, MillraceError, type RefusalCode } from '@millrace/contract'
import { Server, type Socket } from 'socket.io'
import { addressOf } from './address.ts'
import { door } from './door.ts'
import { hangUp } from './hang-up.ts'
import { letHandshakeGo, letRequestGo, NoRooms } from './let-go.ts'
import { toFirstPath } from './mounts.ts'
import { type EventLoop, Flusher } from './outbound/flusher.ts'
import type { Lane } from './outbound/lane.ts'
import { Link, type LinkOptions } from './outbound/link.ts'
import { QueuedWebSocketServer } from './outbound/queued-web-socket.ts'
import { eventFrame } from './outbound/socket-frame.ts'
import { AckRequest, parser } from './parser.ts'
import type { Admitted, Transport, TransportHandler } from './port.ts'
import { SocketConnection } from './socket-connection.ts'
import { Strays } from './strays.ts'

export interface SocketIoOptions {
  readonly handler: TransportHandler
  readonly clock: Clock
  readonly eventLoop: EventLoop
  /** Served alike; the first is the engine's own. */
  readonly paths: readonly [string, ...string[]]
  /** Each name that a client may ask for, with the namespace that it stands for. */
  readonly namespaces: ReadonlyMap<string, string>
  readonly origins: readonly string[]
  /** How many proxies of our own a connection comes through. */
  readonly trustedProxies: number
  readonly originAllowed: (headers: IncomingMessage['headers']) => boolean
  readonly outboundMaxBytes: number
  readonly laneOf: (pattern: string | undefined) => Lane
  readonly inboundMaxBytes: number
  readonly compression: boolean
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number }
  readonly refusalMessages: Partial<Record<RefusalCode, string>>
  readonly onVerdict: LinkOptions['onVerdict']
}

type Conn = Socket['conn']

// Pings and pongs that a client may send unasked between two heartbeats.
const straysMax = 100

/** Millrace's transport: the official Socket.IO server, with our parser for acks and our queue for everything that goes out. */
export function socketIoTransport(options: SocketIoOptions): Transport {
  const { handler, refusalMessages, laneOf } = options
  const links = new Map<Conn, Link>()
  const admissions = new WeakMap<Socket, Admitted>()
  const engines: { close(): unknown }[] = []
  const direct = laneOf(undefined)
  const strays = new Strays<Conn>(straysMax)
  const heartbeat = options.clock.every(options.heartbeat.intervalMs, () => strays.clear())
  function onStray(conn: Conn): void {
    if (!strays.add(conn)) hangUp(conn)
  }
  const linkOptions: LinkOptions = {
    maxBytes: options.outboundMaxBytes,
    clock: options.clock,
    flusher: new Flusher(options.eventLoop),
    eventLoop: options.eventLoop,
    lane: direct,
    onVerdict: options.onVerdict,
    onPing: onStray,
  }
  const toFirst = toFirstPath(options.paths)
  let accepting = true
  const addressFrom = (peer: string, headers: IncomingMessage['headers']): string =>
    addressOf(peer, headers['x-forwarded-for'], options.trustedProxies)

  const io = new Server({
    path: options.paths[0],
    parser,
    adapter: NoRooms,
    serveClient: false,
    wsEngine: QueuedWebSocketServer,
    // Contexts that are not taken over: a frame is compressed once for all its readers, and none keeps a window in memory.
    perMessageDeflate: options.compression && { serverNoContextTakeover: true, clientNoContextTakeover: true },
    cors: { origin: [...options.origins], credentials: true, methods: ['GET', 'POST'] },
    maxHttpBufferSize: options.inboundMaxBytes,
    pingInterval: options.heartbeat.intervalMs,
    pingTimeout: options.heartbeat.timeoutMs,
    connectTimeout: 20_000,
    allowRequest: door({ ...options, addressOf: addressFrom, isAccepting: () => accepting }),
  })

  // Listeners are shared by all connections, and find theirs by `this`: a closure each would cost more than a connection's whole state.
  function onUpgrade(this: Conn): void {
    links.get(this)?.upgraded()
  }
  // Messages have limits of their own. Engine.IO waits for a pong while this timer runs.
  function onPacket(this: Conn, { type }: { readonly type: string }): void {
    if (type !== 'message' && !(type === 'pong' && Reflect.get(this, 'pingTimeoutTimer') !== null)) onStray(this)
  }
  function onClose(this: Conn): void {
    links.get(this)?.end()
    links.delete(this)
    strays.forget(this)
  }
  function onEngineConnection(conn: Conn): void {
    links.set(conn, new Link(conn, linkOptions))
    conn.on('packet', onPacket)
    conn.on('upgrade', onUpgrade)
    conn.on('close', onClose)
    letRequestGo(conn)
  }
  function connectionOf(socket: Socket): SocketConnection | undefined {
    return socket.data instanceof SocketConnection ? socket.data : undefined
  }
  function onMessage(this: Socket, event: string, ...args: unknown[]): void {
    const connection = connectionOf(this)
    // Its rights may have ended, even where the goodbye is still on its way.
    if (connection === undefined || connection.ended !== null) return
    const last = args.at(-1)
    const packetId = last instanceof AckRequest ? last.packetId : undefined
    if (packetId !== undefined) args.pop()
    handler.message(connection, event, args, packetId === undefined ? undefined : (json) => connection.ack(packetId, json))
  }
  function onDisconnect(this: Socket, reason: string): void {
    const connection = connectionOf(this)
    if (connection !== undefined) handler.disconnected(connection, connection.ended ?? reason)
  }

  function refuse(body: ErrorBody): Error {
    const text = body.code in refusalMessages ? refusalMessages[body.code as RefusalCode] : undefined
    return Object.assign(new Error(text ?? body.message), { data: body })
  }

  for (const [name, namespace] of options.namespaces) {
    const nsp = io.of(name)
    nsp.use((socket, next) => {
      const { handshake } = socket
      handler
        .admit({
          namespace,
          address: addressFrom(handshake.address, handshake.headers),
          auth: handshake.auth,
          headers: handshake.headers,
          isGone: () => socket.conn.readyState !== 'open',
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
      const link = links.get(socket.conn)
      if (admission === undefined || link === undefined) {
        socket.disconnect(true)
        return
      }
      admissions.delete(socket)
      const connection = new SocketConnection(socket, link, { lane: direct, namespace }, admission)
      link.tenant = admission.identity.tenant
      link.owner = connection
      socket.data = connection
      socket.onAny(onMessage)
      socket.on('disconnect', onDisconnect)
      letHandshakeGo(socket)
      handler.connected(connection, admission)
    })
  }

  return {
    attach(server: HttpServer) {
      io.attach(server)
      engines.push(io.engine)
      io.engine.on('connection', onEngineConnection)
      // Before the engine looks at the path.
      for (const event of ['request', 'upgrade']) server.prependListener(event, toFirst)
    },
    frame: (namespace, event, json, { delivery, conflateKey, pattern }) =>
      eventFrame(namespace, event, json, { delivery, conflateKey, lane: laneOf(pattern) }),
    get queuedBytes() {
      let bytes = 0
      for (const link of links.values()) bytes += link.bytes
      return bytes
    },
    get blocked() {
      let blocked = 0
      for (const link of links.values()) if (link.blocked) blocked++
      return blocked
    },
    stopAccepting() {
      accepting = false
    },
    async close() {
      accepting = false
      heartbeat.cancel()
      // The engines alone: after Socket.IO's own goodbye a stock client would not come back.
      for (const conn of [...links.keys()]) hangUp(conn)
      for (const engine of engines.splice(0)) engine.close()
    },
  }
}
