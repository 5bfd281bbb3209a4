import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Clock } from '@millrace/contract'
import { systemClock } from '@millrace-tests/support'
import { type Flow, type Pipe, pipe } from './pipe.ts'

/** `up`: from the client to the server; `down`: the other way. */
export type Direction = 'up' | 'down'

/** What happens to one connection. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Nothing passes until the fault changes; nothing is lost. */
  | { readonly kind: 'stall' }
  /** Everything is taken and nothing passed on, ends included; it stays open. For good. */
  | { readonly kind: 'black-hole' }
  /** One direction dies silently. For good. */
  | { readonly kind: 'half-open'; readonly dead: Direction }
  /** Both ends get an RST. */
  | { readonly kind: 'reset' }
  /** So many more bytes pass in one direction, in the middle of a frame as it may be; then both ends get an RST. */
  | { readonly kind: 'cut-after'; readonly bytes: number; readonly direction: Direction }

export interface ProxiedConnection {
  /** From 1, in the order of arrival. */
  readonly id: number
  readonly fault: Fault
  apply(fault: Fault): void
}

/** What a new connection meets: the server, an RST, or silence. */
export type Door = 'open' | 'refuse' | 'black-hole'

export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** Open connections, oldest first. */
  readonly connections: readonly ProxiedConnection[]
  /** How many have arrived since the start. */
  readonly accepted: number
  door: Door
  /** What each new connection begins with. */
  initialFault: Fault
  applyToAll(fault: Fault): void
  close(): Promise<void>
}

export interface TcpProxyOptions {
  /** Asked for each connection, where it is a function; null refuses it. */
  readonly targetPort: number | (() => number | null)
  /** @default a free port */
  readonly port?: number
  readonly clock?: Clock
}

/** Stands between clients and a server, and breaks their connections as it is told. */
export async function startTcpProxy({ targetPort, port = 0, clock = systemClock }: TcpProxyOptions): Promise<TcpProxy> {
  const open = new Map<number, ProxiedConnection & { reset(): void }>()
  let accepted = 0
  let door: Door = 'open'
  let initialFault: Fault = { kind: 'none' }

  function serve(client: Socket): void {
    accepted += 1
    const target = typeof targetPort === 'number' ? targetPort : targetPort()
    if (door === 'refuse' || target === null) {
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    const connection = proxied({ id: accepted, client, targetPort: target, clock, onClosed: (id) => void open.delete(id) })
    open.set(connection.id, connection)
    connection.apply(door === 'black-hole' ? { kind: 'black-hole' } : initialFault)
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, serve)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  async function close(): Promise<void> {
    for (const connection of [...open.values()]) connection.reset()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }

  return {
    // Holds: a TCP server that listens has an address with a port.
    port: (server.address() as AddressInfo).port,
    get connections() {
      return [...open.values()]
    },
    get accepted() {
      return accepted
    },
    get door() {
      return door
    },
    set door(next) {
      door = next
    },
    get initialFault() {
      return initialFault
    },
    set initialFault(next) {
      initialFault = next
    },
    applyToAll(fault) {
      for (const connection of [...open.values()]) connection.apply(fault)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

interface ProxiedOptions {
  readonly id: number
  readonly client: Socket
  readonly targetPort: number
  readonly clock: Clock
  readonly onClosed: (id: number) => void
}

function proxied({ id, client, targetPort, clock, onClosed }: ProxiedOptions): ProxiedConnection & { reset(): void } {
  const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  let fault: Fault = { kind: 'none' }
  let over = false
  let ends = 0

  function forget(): void {
    over = true
    up.close()
    down.close()
    onClosed(id)
  }
  function reset(): void {
    if (over) return
    forget()
    client.resetAndDestroy()
    server.resetAndDestroy()
  }
  function isDead({ flow }: Pipe): boolean {
    return flow.kind === 'dead'
  }
  function ended(way: Pipe, to: Socket): void {
    ends += 1
    if (!isDead(way)) to.end()
    if (ends < 2 || over) return
    if (isDead(up) || isDead(down)) reset()
    else forget()
  }
  /** What broke on one side breaks the other, unless the way there is dead: then it hears nothing. */
  function broke(way: Pipe): void {
    if (!isDead(way) || (client.destroyed && server.destroyed)) reset()
  }

  const up: Pipe = pipe({ from: client, to: server, clock, onEnd: () => ended(up, server), onCut: reset })
  const down: Pipe = pipe({ from: server, to: client, clock, onEnd: () => ended(down, client), onCut: reset })
  client.on('error', () => broke(up))
  server.on('error', () => broke(down))

  return {
    id,
    get fault() {
      return fault
    },
    apply(next) {
      const lost = isDead(up) || isDead(down)
      if (over || (lost && next.kind !== 'reset' && next.kind !== 'black-hole')) return
      fault = next
      switch (next.kind) {
        case 'reset':
          reset()
          break
        case 'black-hole':
          up.flow = { kind: 'dead' }
          down.flow = { kind: 'dead' }
          break
        case 'half-open':
          wayOf(next.dead).flow = { kind: 'dead' }
          break
        case 'cut-after':
          wayOf(next.direction).flow = { kind: 'cut', bytes: Math.max(1, next.bytes) }
          break
        default: {
          const flow: Flow = next.kind === 'none' ? { kind: 'forward' } : next
          up.flow = flow
          down.flow = flow
        }
      }
    },
    reset,
  }

  function wayOf(direction: Direction): Pipe {
    return direction === 'up' ? up : down
  }
}
