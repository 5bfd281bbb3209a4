import type { ErrorBody, InboxChange, Notification, Position, PresenceMember } from '@millrace/contract'
import type { DisconnectMessage, PublicationMessage, SubscribedReply, SubscribeMessage, WelcomeMessage } from '@millrace/contract/wire'
import { wireEvents, wireVersion } from '@millrace/contract/wire'
import type { Environment, EnvironmentSignal } from '../connection/environment.ts'
import type { Connect, SocketHandlers, SocketOptions } from '../connection/socket.ts'

/** A message of the client's, with the way to answer it. */
export interface Received {
  readonly event: string
  readonly payload: unknown
  reply(data: unknown): void
  fail(error: ErrorBody): void
}

/** One attempt of the client to connect, and what came of it, from the server's side. */
export interface ScriptedSocket {
  readonly options: SocketOptions
  readonly open: boolean
  /** Everything that the client has sent, answered or not. */
  readonly received: readonly Received[]
  /** The channels that it is subscribed to. */
  readonly channels: ReadonlySet<string>
  send(event: string, payload: unknown): void
  welcome(fields?: Partial<WelcomeMessage>): void
  refuse(refusal: ErrorBody): void
  dismiss(message: Pick<DisconnectMessage, 'code' | 'retry'> & Partial<DisconnectMessage>): void
  /** The network breaks. */
  cut(): void
}

export interface ScriptedServerOptions {
  /** `hand`: messages travel, and connections are welcomed, when the test says so. @default 'auto' */
  readonly mode?: 'auto' | 'hand'
  readonly user?: WelcomeMessage['user']
}

interface ScriptedChannel {
  epoch: string
  /** Publications from `first` on; what was before is cut. */
  first: number
  log: PublicationMessage[]
  readonly retained: Map<string, PublicationMessage>
  readonly members: Map<string, PresenceMember>
}

export interface ScriptedServer {
  readonly connect: Connect
  /** The browser's signals, to be given by the test. */
  readonly environment: Environment & { signal(signal: EnvironmentSignal, online?: boolean): void }
  /** Every attempt, in order. */
  readonly sockets: readonly ScriptedSocket[]
  /** The newest attempt. Throws where there is none. */
  readonly socket: ScriptedSocket
  user: WelcomeMessage['user']
  /** The answer to a connection attempt; null lets it in. */
  admit: (options: SocketOptions) => ErrorBody | null
  /** The error that a subscription to a channel meets; null lets it be. */
  policy: (channel: string) => ErrorBody | null
  /** Answers the contract's requests; what it throws is the ack's error. */
  handle: (name: string, input: unknown) => unknown
  welcomeFields: Partial<WelcomeMessage>
  /** The inbox of the one user. */
  readonly inbox: { notifications: Notification[]; revision: number }
  head(channel: string): Position
  /** Publishes a durable event. */
  publish(channel: string, event: string, data: unknown): Position
  retain(channel: string, event: string, key: string, data: unknown): void
  signal(channel: string, event: string, data: unknown): void
  /** Cuts the log: what was published so far can't be recovered. */
  trim(channel: string): void
  /** The log was lost: a new one begins. */
  restart(channel: string): void
  changeInbox(change: InboxChange): void
  /** Breaks every connection. */
  cut(): void
  /** By hand: lets up to so many messages travel in each direction of the newest socket. Answers how many did. */
  travel(direction: 'up' | 'down', count?: number): number
  /** By hand: the next message to the client, if it carries publications, comes twice or is lost. */
  disturb(how: 'duplicate' | 'lose'): void
}

/** A message on its way. */
interface Travelling {
  readonly event: string
  readonly run: () => void
}

class Attempt implements ScriptedSocket {
  readonly options: SocketOptions
  readonly received: Received[] = []
  readonly channels = new Set<string>()
  readonly up: Travelling[] = []
  readonly down: Travelling[] = []
  readonly #handlers: SocketHandlers
  readonly #pump: () => void
  #open = true
  #told = true

  constructor(options: SocketOptions, handlers: SocketHandlers, pump: () => void) {
    this.options = options
    this.#handlers = handlers
    this.#pump = pump
  }

  get open(): boolean {
    return this.#open
  }

  /** Queues something for the other side; it comes only if the connection lasts until then. */
  post(queue: Travelling[], event: string, run: () => void): void {
    if (!this.#open) return
    queue.push({
      event,
      run: () => {
        if (this.#open) run()
      },
    })
    this.#pump()
  }

  send(event: string, payload: unknown): void {
    const copy: unknown = JSON.parse(JSON.stringify(payload ?? null))
    this.post(this.down, event, () => this.#handlers.onMessage(event, copy))
  }

  welcome(fields: Partial<WelcomeMessage> = {}): void {
    const welcome: WelcomeMessage = {
      version: wireVersion,
      connectionId: 'c1',
      user: { id: 'ann', roles: [] },
      time: 0,
      expiresAt: null,
      assigned: [],
      ...fields,
    }
    this.send(wireEvents.welcome, welcome)
  }

  refuse(refusal: ErrorBody): void {
    this.post(this.down, 'refusal', () => this.#end({ message: refusal.message, refusal }))
  }

  dismiss(message: Pick<DisconnectMessage, 'code' | 'retry'> & Partial<DisconnectMessage>): void {
    this.send(wireEvents.disconnect, { number: 0, reason: message.code, ...message })
  }

  cut(): void {
    this.#end({ message: 'transport close' })
  }

  /** The client hangs up: it is told nothing more. */
  hangUp(): void {
    this.#told = false
    this.#end({ message: 'io client disconnect' })
  }

  #end(end: { readonly message: string; readonly refusal?: unknown }): void {
    if (!this.#open) return
    this.#open = false
    this.channels.clear()
    this.up.length = 0
    this.down.length = 0
    if (this.#told) this.#handlers.onEnd(end)
  }
}

/** A server in memory that speaks the wire, for tests of what is built on the client. Nothing of it goes over a network. */
export function scriptedServer({ mode = 'auto', user = { id: 'ann', roles: [] } }: ScriptedServerOptions = {}): ScriptedServer {
  const attempts: Attempt[] = []
  const channels = new Map<string, ScriptedChannel>()
  const listeners = new Set<(signal: EnvironmentSignal) => void>()
  let online = true
  let pumping = false
  let ids = 0

  const newest = (): Attempt => {
    const attempt = attempts.at(-1)
    if (attempt === undefined) throw new Error('the client has not tried to connect')
    return attempt
  }

  function pump(): void {
    if (mode === 'hand' || pumping) return
    pumping = true
    void Promise.resolve().then(() => {
      pumping = false
      for (const attempt of attempts) for (const queue of [attempt.up, attempt.down]) while (queue.length > 0) queue.shift()?.run()
    })
  }

  function channelOf(name: string): ScriptedChannel {
    let channel = channels.get(name)
    if (channel === undefined) {
      channel = { epoch: 'e1', first: 1, log: [], retained: new Map(), members: new Map() }
      channels.set(name, channel)
    }
    return channel
  }
  function head(name: string): Position {
    const { epoch, first, log } = channelOf(name)
    return { epoch, offset: first + log.length - 1 }
  }
  function message(c: string, e: string, d: unknown): PublicationMessage {
    return { c, e, d, i: `p${++ids}`, t: 1 }
  }
  function broadcast(channel: string, event: string, payload: unknown): void {
    for (const attempt of attempts) if (attempt.channels.has(channel)) attempt.send(event, payload)
  }

  function recover(attempt: Attempt, name: string, since: Position): Pick<SubscribedReply, 'kind'> & Record<string, unknown> {
    const { epoch, first, log } = channelOf(name)
    if (since.epoch !== epoch || since.offset > head(name).offset) return { kind: 'gap', why: 'new-epoch' }
    if (since.offset + 1 < first) return { kind: 'gap', why: 'expired' }
    const missed = log.slice(since.offset + 1 - first)
    for (let start = 0; start < missed.length; start += 3)
      attempt.send(wireEvents.recovered, { channel: name, publications: missed.slice(start, start + 3) })
    return { kind: 'recovered', count: missed.length }
  }

  function subscribe(attempt: Attempt, { channel: name, position, presence }: SubscribeMessage, { reply, fail }: Received): void {
    const error = server.policy(name)
    if (error !== null) {
      fail(error)
      return
    }
    const outcome = position === undefined ? { kind: 'live' } : recover(attempt, name, position)
    const channel = channelOf(name)
    reply({ ...outcome, position: head(name), retained: [...channel.retained.values()] })
    attempt.channels.add(name)
    const { id: userId, name: userName } = server.user
    const who = { userId, ...(userName !== undefined && { name: userName }) }
    if (presence !== undefined) channel.members.set(userId, { ...who, state: presence.state, connections: 1, joinedAt: 1 })
    attempt.send(wireEvents.presence, { channel: name, kind: 'sync', members: [...channel.members.values()] })
  }

  function answer(attempt: Attempt, received: Received): void {
    const { event, payload, reply, fail } = received
    // Holds: the client speaks the wire; a test that sends something else has itself to blame.
    const input = payload as never as { readonly channel: string } & Record<string, unknown>
    const unread = (): number => server.inbox.notifications.filter(({ readAt }) => readAt === null).length
    switch (event) {
      case wireEvents.subscribe:
        subscribe(attempt, input, received)
        break
      case wireEvents.unsubscribe:
        attempt.channels.delete(input.channel)
        channelOf(input.channel).members.delete(server.user.id)
        reply(null)
        break
      case wireEvents.refresh:
        reply({ expiresAt: null })
        break
      case wireEvents.inboxList: {
        const { cursor, limit } = input as { readonly cursor?: string; readonly limit?: number }
        const start = Number(cursor ?? 0)
        const { notifications, revision } = server.inbox
        const end = start + (limit ?? 20)
        const next = end < notifications.length ? String(end) : null
        reply({ notifications: notifications.slice(start, end), cursor: next, unread: unread(), revision })
        break
      }
      case wireEvents.inboxCount:
        reply({ revision: server.inbox.revision, unread: unread() })
        break
      case wireEvents.inboxMark:
      case wireEvents.inboxDelete:
      case wireEvents.typing:
      case wireEvents.presenceUpdate:
        reply(null)
        break
      default:
        try {
          reply(server.handle(event, payload))
        } catch (error) {
          fail({ code: 'denied', message: error instanceof Error ? error.message : String(error), retry: false })
        }
    }
  }

  const server: ScriptedServer = {
    connect(options, handlers) {
      const attempt = new Attempt(options, handlers, pump)
      attempts.push(attempt)
      // It keeps the last hundred attempts: a test that reconnects for ever is not to fill the memory.
      if (attempts.length > 100) attempts.shift()
      const refusal = server.admit(options)
      if (refusal !== null) attempt.refuse(refusal)
      else if (mode === 'auto') attempt.welcome({ user: server.user, ...server.welcomeFields })
      return {
        send(event, payload, onAck) {
          const answerWith = (ack: unknown): void => attempt.post(attempt.down, 'ack', () => onAck?.(JSON.parse(JSON.stringify(ack))))
          const received: Received = {
            event,
            payload,
            reply: (data) => answerWith({ ok: true, data: data ?? null }),
            fail: (error) => answerWith({ ok: false, error }),
          }
          attempt.received.push(received)
          attempt.post(attempt.up, event, () => answer(attempt, received))
        },
        close: () => attempt.hangUp(),
      }
    },
    environment: {
      online: () => online,
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      signal(signal, isOnline = online) {
        online = isOnline
        for (const listener of [...listeners]) listener(signal)
      },
    },
    sockets: attempts,
    get socket() {
      return newest()
    },
    user,
    admit: () => null,
    policy: () => null,
    handle: (name) => {
      throw new Error(`no answer to ${name}`)
    },
    welcomeFields: {},
    inbox: { notifications: [], revision: 1 },
    head,
    publish(name, event, data) {
      const channel = channelOf(name)
      const position = { epoch: channel.epoch, offset: head(name).offset + 1 }
      const publication: PublicationMessage = { ...message(name, event, data), o: position.offset, p: position.epoch }
      channel.log.push(publication)
      broadcast(name, wireEvents.publication, publication)
      return position
    },
    retain(name, event, key, data) {
      const publication = message(name, event, data)
      const { retained } = channelOf(name)
      retained.delete(`${event} ${key}`)
      retained.set(`${event} ${key}`, publication)
      broadcast(name, wireEvents.publication, publication)
    },
    signal: (name, event, data) => broadcast(name, wireEvents.publication, message(name, event, data)),
    trim(name) {
      const channel = channelOf(name)
      channel.first = head(name).offset + 1
      channel.log = []
    },
    restart(name) {
      const channel = channelOf(name)
      channel.epoch = `e${Number(channel.epoch.slice(1)) + 1}`
      channel.first = 1
      channel.log = []
      // A server whose log was lost ends the connections that follow it.
      for (const attempt of attempts) if (attempt.channels.has(name)) attempt.cut()
    },
    changeInbox(change) {
      server.inbox.revision = change.revision
      for (const attempt of attempts) if (attempt.open) attempt.send(wireEvents.inbox, change)
    },
    cut() {
      for (const attempt of attempts) attempt.cut()
    },
    travel(direction, count = Number.POSITIVE_INFINITY) {
      const attempt = attempts.at(-1)
      const queue = attempt?.[direction] ?? []
      let travelled = 0
      while (travelled < count && queue.length > 0) {
        queue.shift()?.run()
        travelled++
      }
      return travelled
    },
    disturb(how) {
      const queue = attempts.at(-1)?.down ?? []
      const [first] = queue
      // A lost ack would be a lost connection.
      if (first?.event !== wireEvents.publication && first?.event !== wireEvents.recovered) return
      if (how === 'duplicate') queue.unshift(first)
      else queue.shift()
    },
  }
  return server
}
