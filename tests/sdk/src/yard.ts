import { type ClientOptions, createClient, type MillraceClient } from '@millrace/client'
import type { Position, Publication } from '@millrace/contract'
import { memoryStore, type ServerOptions } from '@millrace/server'
import { type ManualClock, type MintClaims, manualClock, startTestServer, type TestServer } from '@millrace/server/testing'
import { startTcpProxy, type TcpProxy } from '@millrace-tests/faults/tcp-proxy'
import {
  openRawSession,
  pause,
  type RawSession,
  type Recorder,
  recorder,
  type TestContract,
  testContract,
  within,
} from '@millrace-tests/support'
import { behaviour } from '@millrace-tests/support/server'

export type Overrides = Partial<Omit<ServerOptions<TestContract>, 'contract' | 'clock' | 'auth'>>

export interface JoinOptions extends Partial<Omit<ClientOptions<TestContract>, 'contract' | 'url' | 'token' | 'clock'>> {
  /** Goes through the proxy, which can break it. */
  readonly through?: TcpProxy
  /** How long each token lasts. */
  readonly expiresInMs?: number
}

export interface Member {
  readonly client: MillraceClient<TestContract>
  /** What the client reported. */
  readonly errors: Recorder<string>
  live(): Promise<void>
}

/** A server, its clients and their time, all in the hands of the test. */
export interface Yard extends AsyncDisposable {
  readonly clock: ManualClock
  readonly server: TestServer<TestContract>
  /** Down, and up again on the same port; a store that was passed in stays. */
  restart(): Promise<void>
  join(person: MintClaims, options?: JoinOptions): Member
  /** A client by hand, with the SDK's messages or, for `stock`, without. */
  raw(person: MintClaims, options?: { readonly stock?: boolean; readonly namespace?: string }): Promise<RawSession>
  proxy(): Promise<TcpProxy>
  /** Moves time forward in steps, until `done`. */
  pass(what: string, done: () => boolean, options?: { readonly stepMs?: number; readonly maxMs?: number }): Promise<void>
}

export async function openYard(overrides: Overrides = {}): Promise<Yard> {
  const clock = manualClock()
  // Made here, so that it outlives a restart of the server.
  const store = overrides.store ?? memoryStore({ clock })
  const up = (port: number) => startTestServer({ ...behaviour, store, ...overrides, clock, port })
  let server: TestServer<TestContract> = await up(0)
  const clients: MillraceClient<TestContract>[] = []
  const sessions: RawSession[] = []
  const proxies: TcpProxy[] = []

  function join(person: MintClaims, { through, expiresInMs, ...options }: JoinOptions = {}): Member {
    const errors = recorder<string>()
    const client = createClient({
      contract: testContract,
      url: through === undefined ? server.url : `http://127.0.0.1:${through.port}`,
      token: () => server.mint({ ...person, ...(expiresInMs !== undefined && { expiresInMs }) }),
      clock,
      transports: ['websocket'],
      random: () => 0,
      onError: (error, { during }) => errors.push(`${during}: ${error instanceof Error ? error.message : String(error)}`),
      ...options,
    })
    clients.push(client)
    client.connect()
    return { client, errors, live: () => whenLive(client) }
  }

  return {
    clock,
    get server() {
      return server
    },
    async restart() {
      await server.close()
      server = await up(server.port)
    },
    join,
    async raw(person, { stock = false, namespace } = {}) {
      const auth = { token: await server.mint(person), ...(!stock && { millrace: { version: 1, session: 'raw' } }) }
      const session = await openRawSession({ url: server.url, auth, ...(namespace !== undefined && { namespace }) })
      sessions.push(session)
      return session
    },
    async proxy() {
      const proxy = await startTcpProxy({ targetPort: server.port })
      proxies.push(proxy)
      return proxy
    },
    async pass(what, done, { stepMs = 250, maxMs = 120_000 } = {}) {
      const end = clock.now() + maxMs
      while (!done()) {
        if (clock.now() >= end) throw new Error(`${what}: not within ${maxMs} ms of the server's time`)
        await clock.advance(stepMs)
        // Sockets and signatures take their real time.
        await pause(2)
      }
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      for (const { socket } of sessions) socket.destroy()
      await Promise.all(proxies.map((proxy) => proxy.close()))
      await server.close()
      if (overrides.store === undefined) await store.close()
    },
  }
}

function whenLive(client: MillraceClient<TestContract>): Promise<void> {
  const { connection } = client
  return within(
    5_000,
    'a live connection',
    new Promise<void>((resolve) => {
      const look = () => {
        if (connection.getSnapshot().state !== 'live') return
        stop()
        resolve()
      }
      const stop = connection.subscribe(look)
      look()
    }),
  )
}

export type Purchase = Publication<'purchase:created', { readonly id: string; readonly kg: number }>

export interface Listener {
  readonly heard: Recorder<Purchase>
  readonly gaps: Recorder<{ readonly why: string; readonly position: Position }>
  readonly loads: Recorder<{ readonly why: string; readonly position: Position }>
  readonly ids: readonly string[]
  /** Waits until the publication with this id has come. */
  hears(id: string): Promise<void>
  readonly stop: () => void
}

/** Listens to a mill's purchases, with a loader that loads nothing, and waits until it is live. */
export async function listen({ client }: Member, millId: string): Promise<Listener> {
  const heard = recorder<Purchase>()
  const gaps = recorder<{ why: string; position: Position }>()
  const loads = recorder<{ why: string; position: Position }>()
  const stop = client.channel(testContract.channels.mill({ millId })).subscribe({
    on: { 'purchase:created': (_, publication) => heard.push(publication) },
    onGap: (gap) => gaps.push(gap),
    load: ({ why, position }) => loads.push({ why, position }),
  })
  await within(5_000, 'a live subscription', loads.count(1))
  return {
    heard,
    gaps,
    loads,
    get ids() {
      return heard.all.map(({ data }) => data.id)
    },
    hears: async (id) =>
      void (await within(
        5_000,
        `hearing ${id}`,
        heard.find(({ data }) => data.id === id),
      )),
    stop,
  }
}

/** Publishes purchases `PREFIX1` to `PREFIXcount`; answers their ids. */
export async function publish({ server }: Yard, millId: string, prefix: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
  const ref = testContract.channels.mill({ millId })
  await Promise.all(ids.map((id) => server.rt.publish(ref, 'purchase:created', { id, kg: 1 })))
  return ids
}

export const asha: MintClaims = { userId: 'asha', name: 'Asha', claims: { mills: ['7'] } }
export const ravi: MintClaims = { userId: 'ravi', name: 'Ravi', claims: { mills: ['7'] } }
