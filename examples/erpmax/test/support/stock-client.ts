import type { Agent } from 'node:http'
import { recorder } from '@millrace-tests/support'
import { io, type Socket } from 'socket.io-client'

export interface Heard {
  readonly event: string
  readonly args: readonly unknown[]
}

/** A stock socket.io-client that writes down all that it hears. */
export interface StockClient extends Disposable {
  readonly socket: Socket
  readonly heard: readonly Heard[]
  /** The arguments of the first such event, past or to come. */
  next(event: string, fits?: (payload: never) => boolean): Promise<readonly unknown[]>
}

/** The two ways in which ERPMax's clients call its namespaces. */
export const mounts = {
  'io("…/ws", { path: "/socket.io" })': { base: '/ws', path: '/socket.io' },
  'the engine at /ws/socket.io': { base: '', path: '/ws/socket.io' },
} as const
export type Mount = (typeof mounts)[keyof typeof mounts]

interface Options {
  readonly namespace?: string
  readonly mount?: Mount
  readonly transports?: string[]
  readonly agent?: Agent
}

export function openClient(url: string, token: string | undefined, options: Options = {}): StockClient {
  const { namespace = '', mount = Object.values(mounts)[0] as Mount, transports = ['websocket'], agent } = options
  const socket = io(url + mount.base + namespace, {
    path: mount.path,
    forceNew: true,
    transports,
    // Holds: in Node the client takes an agent of Node's.
    ...(agent !== undefined && { agent: agent as unknown as string }),
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
    ...(token !== undefined && { auth: { token } }),
  })
  const heard = recorder<Heard>()
  socket.onAny((event: string, ...args: unknown[]) => heard.push({ event, args }))
  return {
    socket,
    heard: heard.all,
    async next(event, fits = () => true) {
      // Holds by the test: it knows what the event carries.
      const found = await heard.find((item) => item.event === event && fits(item.args[0] as never))
      return found.args
    },
    [Symbol.dispose]: () => void socket.disconnect(),
  }
}

/** Connects and waits for `connected`. */
export async function connect(url: string, token: string, options?: Options): Promise<StockClient> {
  const client = openClient(url, token, options)
  const refused = new Promise<never>((_, reject) => client.socket.once('connect_error', reject))
  await Promise.race([client.next('connected'), refused])
  return client
}
