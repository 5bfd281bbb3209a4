/** What every version of the stock client has in common, as far as the suite uses it. */
export interface StockSocket {
  readonly connected: boolean
  readonly id?: string
  readonly io: StockManager
  on(event: string, listener: (...args: never[]) => void): unknown
  once(event: string, listener: (...args: never[]) => void): unknown
  onAny(listener: (event: string, ...args: unknown[]) => void): unknown
  emit(event: string, ...args: unknown[]): unknown
  connect(): unknown
  disconnect(): unknown
}

export interface StockManager {
  readonly engine: {
    /** `ws`: the WebSocket, where that is the transport. */
    readonly transport: { readonly name: string; readonly ws?: { readonly extensions: string } }
    once(event: string, listener: () => void): unknown
  }
  on(event: string, listener: (...args: never[]) => void): unknown
}

export interface StockOptions {
  readonly auth?: Readonly<Record<string, unknown>> | ((done: (auth: Readonly<Record<string, unknown>>) => void) => void)
  readonly transports?: readonly ('polling' | 'websocket')[]
  readonly path?: string
  readonly forceNew?: boolean
  readonly autoConnect?: boolean
  readonly upgrade?: boolean
  readonly reconnectionDelay?: number
  readonly reconnectionDelayMax?: number
  readonly randomizationFactor?: number
  readonly extraHeaders?: Readonly<Record<string, string>>
}

export type StockIo = (url: string, options: StockOptions) => StockSocket

export interface StockClient {
  readonly version: string
  readonly io: StockIo
}

const packages = {
  '3.1': () => import('sio-client-3.1'),
  '4.0': () => import('sio-client-4.0'),
  '4.4': () => import('sio-client-4.4'),
  '4.6': () => import('sio-client-4.6'),
  '4.8': () => import('sio-client-4.8'),
}

/** The stock clients of several years, as their users have them. */
export async function stockClients(): Promise<StockClient[]> {
  return await Promise.all(
    Object.entries(packages).map(async ([version, load]) => {
      const { io } = await load()
      // Holds: all five versions have these members; their own types differ in details that the suite does not use.
      return { version, io: io as unknown as StockIo }
    }),
  )
}

/** Begins the upgrade of a client that was opened with `upgrade: false`. No release has a public way to it, and it has had two names. */
export function upgradeNow({ io: { engine } }: StockSocket): void {
  const probe: unknown = Reflect.get(engine, 'probe') ?? Reflect.get(engine, '_probe')
  if (typeof probe !== 'function') throw new TypeError('this client upgrades in some other way')
  Reflect.apply(probe, engine, ['websocket'])
}

export const ways = {
  polling: ['polling'],
  websocket: ['websocket'],
  upgrade: ['polling', 'websocket'],
} as const satisfies Record<string, StockOptions['transports']>
export type Way = keyof typeof ways
