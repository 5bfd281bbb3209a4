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
  /** How often an event has come so far. */
  countOf(event: string): number
  readonly disconnected: Promise<string>
}

export interface ConnectOptions {
  readonly namespace?: string
  readonly transports?: readonly string[]
}

export function openClient(url: string, token: string | undefined, { namespace = '/', transports = ['websocket'] }: ConnectOptions = {}) {
  const socket = io(url + namespace, {
    forceNew: true,
    reconnection: false,
    transports: [...transports],
    ...(token !== undefined && { auth: { token } }),
  })
  const heard = recorder<Heard>()
  socket.onAny((event: string, ...args: unknown[]) => heard.push({ event, args }))
  const client: StockClient = {
    socket,
    heard: heard.all,
    async next(event, fits = () => true) {
      const found = await heard.find((item) => item.event === event && fits(item.args[0] as never))
      return found.args
    },
    countOf: (event) => heard.all.filter((item) => item.event === event).length,
    disconnected: new Promise((resolve) => socket.once('disconnect', resolve)),
    [Symbol.dispose]: () => void socket.disconnect(),
  }
  return client
}

/** Connects and waits for `connected`. */
export async function connect(url: string, token: string, options?: ConnectOptions): Promise<StockClient> {
  const client = openClient(url, token, options)
  const refused = new Promise<never>((_, reject) => client.socket.once('connect_error', reject))
  await Promise.race([client.next('connected'), refused])
  return client
}

/** The message that a connection is refused with. */
export async function refusal(url: string, token: string | undefined, options?: ConnectOptions): Promise<string> {
  using client = openClient(url, token, options)
  return await new Promise((resolve, reject) => {
    client.socket.once('connect_error', (error) => resolve(error.message))
    client.socket.once('connect', () => reject(new Error('it was let in')))
  })
}
