import { type Clock, MillraceError, type Timer } from '@millrace/contract'
import { type WelcomeMessage, wireEvents, wireVersion } from '@millrace/contract/wire'
import { createObservable, type Observer } from '../observer.ts'
import type { Report } from '../report.ts'
import { type ReadAck, readAck, readDisconnect, readRefusal, readWelcome } from '../wire-reader.ts'
import { type ConnectionState, connectionStateOf, type Link, type LinkAction, type LinkEvent, reduceLink } from './connection-state.ts'
import type { Environment } from './environment.ts'
import type { Connect, Socket, SocketHandlers, Transport } from './socket.ts'
import type { TokenProvider, TokenReason } from './token.ts'
import { createTokenRefresh } from './token-refresh.ts'

export interface ConnectionOptions {
  readonly url: string
  readonly path: string
  readonly namespace: string
  readonly transports: readonly Transport[]
  readonly token: TokenProvider | undefined
  readonly session: string
  readonly clock: Clock
  readonly random: () => number
  readonly connect: Connect
  readonly environment: Environment
  readonly report: Report
  readonly attemptTimeoutMs: number
  /** The connection is live; what is sent now goes out first. */
  onLive(welcome: WelcomeMessage): void
  /** The token was refreshed in band: its rights may be others. */
  onRefreshed(): void
  /** A connection that was live is no more. */
  onLost(): void
  /** Refused or closed: nothing comes without the application's doing. */
  onStopped(code: string): void
  onMessage(event: string, payload: unknown): void
}

export interface Connection {
  readonly state: Observer<ConnectionState>
  /** Null unless live. */
  readonly welcome: WelcomeMessage | null
  /** Why no connection will come without the application's doing; null where one may. */
  readonly stoppedBy: string | null
  /** Connects, unless it was refused or closed. */
  need(): void
  connect(): void
  refreshToken(): void
  /**
   * Sends, and calls `onReply` once: with the ack, in its place among the messages, or with `disconnected` or `timeout`.
   * Not live: at once.
   */
  ask(event: string, payload: unknown, timeoutMs: number, onReply: (reply: ReadAck) => void): void
  /** The same as a promise, which settles a little after the ack's place among the messages. */
  send(event: string, payload: unknown, timeoutMs: number): Promise<unknown>
  close(): void
}

interface Pending {
  fail(error: MillraceError): void
}

export function createConnection(options: ConnectionOptions): Connection {
  const { clock, random, environment, report } = options
  let link: Link = { state: 'idle' }
  let socket: Socket | null = null
  /** Names the current attempt: what an older one still tells is not listened to. */
  let attempt = 0
  let waitTimer: Timer | null = null
  let attemptTimer: Timer | null = null
  const pending = new Set<Pending>()
  const state = createObservable<ConnectionState>({ state: 'idle' }, { report })
  const stopEnvironment = environment.subscribe((signal) => {
    if (signal === 'online' || signal === 'visible') handle({ type: 'woke' })
    publishState()
  })
  const refresh = createTokenRefresh({
    clock,
    random,
    report,
    fetchToken: () => fetchToken('refresh'),
    send: (token) => send(wireEvents.refresh, { token }, options.attemptTimeoutMs),
    onRefreshed: () => options.onRefreshed(),
  })

  function publishState(): void {
    const next = connectionStateOf(link, environment.online())
    if (JSON.stringify(next) !== JSON.stringify(state.getSnapshot())) state.set(next)
  }

  function handle(event: LinkEvent): void {
    const before = link
    const [next, ...actions] = reduceLink(link, event, { now: clock.now(), random: random() })
    link = next
    if (next !== before) {
      waitTimer?.cancel()
      attemptTimer?.cancel()
      if (before.state === 'live') leaveLive()
    }
    for (const action of actions) carryOut(action)
    if (link.state === 'live' && before.state !== 'live') {
      const { welcome } = link
      refresh.start(welcome)
      options.onLive(welcome)
    }
    publishState()
    const { stoppedBy } = connection
    if (link !== before && stoppedBy !== null) options.onStopped(stoppedBy)
  }

  function leaveLive(): void {
    refresh.stop()
    options.onLost()
    for (const entry of [...pending])
      entry.fail(new MillraceError('disconnected', 'The connection broke before the answer came; the request may have been carried out'))
  }

  function carryOut(action: LinkAction): void {
    switch (action.type) {
      case 'open':
        void open(action.reason)
        return
      case 'drop':
        attempt++
        socket?.close()
        socket = null
        return
      case 'wait':
        waitTimer = clock.after(action.ms, () => handle({ type: 'due' }))
    }
  }

  async function fetchToken(reason: TokenReason): Promise<string | null> {
    return options.token === undefined ? null : await options.token({ reason })
  }

  async function open(reason: TokenReason): Promise<void> {
    const mine = ++attempt
    attemptTimer = clock.after(options.attemptTimeoutMs, () => handle({ type: 'failed', cause: 'timeout' }))
    let token: string | null
    try {
      token = await fetchToken(reason)
    } catch (error) {
      if (mine !== attempt) return
      report(error, { during: 'token' })
      const final = error instanceof MillraceError && !error.retry
      handle(final ? { type: 'refused', refusal: error.toBody() } : { type: 'failed', cause: 'token_unavailable' })
      return
    }
    if (mine !== attempt) return
    const { url, path, namespace, transports, session } = options
    const auth = { ...(token !== null && { token }), millrace: { version: wireVersion, session } }
    const handlers: SocketHandlers = {
      onMessage: (event, payload) => {
        if (mine === attempt) receive(event, payload)
      },
      onEnd: ({ refusal: raw }) => {
        if (mine !== attempt) return
        const refusal = readRefusal(raw)
        handle(refusal === null ? { type: 'failed', cause: 'network' } : { type: 'refused', refusal })
      },
    }
    try {
      socket = options.connect({ url, path, namespace, transports, auth }, handlers)
    } catch (error) {
      report(error, { during: 'connect' })
      handle({ type: 'failed', cause: 'network' })
    }
  }

  function receive(event: string, payload: unknown): void {
    if (event === wireEvents.welcome) {
      const welcome = readWelcome(payload)
      if (welcome !== null) handle({ type: 'opened', welcome })
      return
    }
    if (event === wireEvents.disconnect) {
      const message = readDisconnect(payload)
      if (message !== null) handle({ type: 'dismissed', message })
      return
    }
    if (link.state === 'live') options.onMessage(event, payload)
  }

  function ask(event: string, payload: unknown, timeoutMs: number, onReply: (reply: ReadAck) => void): void {
    if (link.state !== 'live' || socket === null) {
      onReply({ ok: false, error: new MillraceError('disconnected').toBody() })
      return
    }
    const settle = (reply: ReadAck): void => {
      if (!pending.delete(entry)) return
      timer.cancel()
      onReply(reply)
    }
    const entry: Pending = { fail: (error) => settle({ ok: false, error: error.toBody() }) }
    const timer = clock.after(timeoutMs, () => entry.fail(new MillraceError('timeout')))
    pending.add(entry)
    socket.send(event, payload, (raw) => settle(readAck(raw)))
  }

  function send(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      ask(event, payload, timeoutMs, (reply) => (reply.ok ? resolve(reply.data) : reject(MillraceError.fromBody(reply.error))))
    })
  }

  const connection: Connection = {
    state,
    get welcome() {
      return link.state === 'live' ? link.welcome : null
    },
    get stoppedBy() {
      if (link.state === 'refused') return link.code
      return link.state === 'closed' ? 'disconnected' : null
    },
    need: () => handle({ type: 'needed' }),
    connect: () => handle({ type: 'connect' }),
    refreshToken() {
      if (link.state === 'live') refresh.now()
      else handle({ type: 'connect' })
    },
    ask,
    send,
    close() {
      if (link.state === 'closed') return
      stopEnvironment()
      handle({ type: 'close' })
    },
  }
  return connection
}
