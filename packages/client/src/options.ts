import type { AnyContract, Clock } from '@millrace/contract'
import type { PositionStorage } from './channels/positions.ts'
import type { Environment } from './connection/environment.ts'
import type { Connect, Transport } from './connection/socket.ts'
import type { TokenProvider } from './connection/token.ts'
import type { Report } from './report.ts'

export interface ClientOptions<C extends AnyContract> {
  readonly contract: C
  /** The server's origin: `https://mill.example.com`. */
  readonly url: string
  /** Asked before each attempt to connect, and when the token is about to expire. @default a guest's connection */
  readonly token?: TokenProvider
  /** Socket.IO's path on the server. */
  readonly path?: string
  /** Socket.IO's namespace. */
  readonly namespace?: string
  /** Tried in this order. */
  readonly transports?: readonly Transport[]
  /**
   * Where the positions of the channels are kept. In a storage they survive a reload (REC5): `sessionStorage` for each tab
   * its own, `localStorage` for applications with one window.
   */
  readonly positions?: 'memory' | PositionStorage
  /** How long a request may wait for the connection and its answer. */
  readonly requestTimeoutMs?: number
  /** So many requests wait for the connection at most. */
  readonly maxWaitingRequests?: number
  /** How long one attempt to connect may take, the token included. */
  readonly attemptTimeoutMs?: number
  /** How long a channel stays subscribed when the last listener has gone. */
  readonly lingerMs?: number
  /** So many publications are held for a consumer while its `load` runs; past it the load is repeated. */
  readonly maxHeldPublications?: number
  /** How many notifications a page of the inbox has. */
  readonly inboxPageSize?: number
  /** What failed and had nobody to tell: a listener that threw, a load, a refused subscription. @default console.error */
  readonly onError?: Report
  readonly clock?: Clock
  /** A number in [0, 1). */
  readonly random?: () => number
  /** @default Socket.IO */
  readonly connect?: Connect
  /** @default the browser's signals, where there are any */
  readonly environment?: Environment
}

export const clientDefaults = {
  path: '/socket.io',
  namespace: '/',
  transports: ['websocket', 'polling'],
  positions: 'memory',
  requestTimeoutMs: 15_000,
  maxWaitingRequests: 100,
  attemptTimeoutMs: 20_000,
  lingerMs: 50,
  maxHeldPublications: 1_000,
  inboxPageSize: 20,
} as const satisfies Partial<ClientOptions<AnyContract>>
