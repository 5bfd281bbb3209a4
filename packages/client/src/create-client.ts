import type { AnyContract, ChannelDefinition, ChannelRef, EventData, RequestInput, RequestReply } from '@millrace/contract'
import { type WelcomeMessage, wireEvents } from '@millrace/contract/wire'
import { systemClock, systemRandom } from './browser/clock.ts'
import { consoleReport } from './browser/console-report.ts'
import { browserEnvironment } from './browser/environment.ts'
import { connectSocketIo } from './browser/socket-io.ts'
import { type ChannelHandle, createChannelHandle } from './channels/channel-handle.ts'
import { createChannels } from './channels/channels.ts'
import { createPositions } from './channels/positions.ts'
import { createRetainedObserver, type RetainedEventName } from './channels/retained-observer.ts'
import type { RetainedView } from './channels/retained-values.ts'
import { createConnection } from './connection/connection.ts'
import type { ConnectionState } from './connection/connection-state.ts'
import { createDirectEvents, type DirectListener } from './direct-events.ts'
import { createInbox, type InboxObserver } from './inbox/inbox.ts'
import { createLiveList, type LiveListObserver, type LiveListOptions } from './live-list/live-list.ts'
import type { Observer, Unsubscribe } from './observer.ts'
import { type ClientOptions, clientDefaults } from './options.ts'
import { createPresenceObserver, type PresenceObserver } from './presence/presence.ts'
import { guardedReport } from './report.ts'
import { createCalls } from './requests.ts'
import { createTypingObserver, type TypingObserver } from './typing/typing.ts'

export interface RequestCallOptions {
  /** @default the client's `requestTimeoutMs` */
  readonly timeoutMs?: number
}

/** A request whose input may be left out takes none. */
export type RequestArguments<Input> = undefined extends Input
  ? [input?: Input, options?: RequestCallOptions]
  : [input: Input, options?: RequestCallOptions]

export interface MillraceClient<C extends AnyContract = AnyContract> {
  readonly contract: C
  readonly connection: Observer<ConnectionState>
  readonly inbox: InboxObserver
  /** Connects, unless it is connected; ends `refused`. */
  connect(): void
  /** Asks the token provider now: refreshes in band when live, else connects. */
  refreshToken(): void
  channel<D extends ChannelDefinition>(ref: ChannelRef<D>): ChannelHandle<D>
  /** Listens to one of the contract's direct events. */
  on<N extends Extract<keyof C['direct'], string>>(event: N, listener: DirectListener<EventData<C['direct'], N>>): Unsubscribe
  /** Answers the reply, or rejects with a `MillraceError`. Waits for the connection while it is away. */
  request<N extends Extract<keyof C['requests'], string>>(
    name: N,
    ...args: RequestArguments<RequestInput<C['requests'], N>>
  ): Promise<RequestReply<C['requests'], N>>
  retained<D extends ChannelDefinition, N extends RetainedEventName<D>>(
    ref: ChannelRef<D>,
    event: N,
  ): Observer<RetainedView<EventData<D['events'], N>>>
  liveList<D extends ChannelDefinition, Key, Row>(ref: ChannelRef<D>, options: LiveListOptions<D, Key, Row>): LiveListObserver<Key, Row>
  presence(ref: ChannelRef): PresenceObserver
  typing(ref: ChannelRef): TypingObserver
  /** Ends everything, for good. Idempotent. */
  close(): void
}

export function createClient<C extends AnyContract>(options: ClientOptions<C>): MillraceClient<C> {
  const settings = {
    ...clientDefaults,
    clock: systemClock,
    random: systemRandom,
    connect: connectSocketIo,
    environment: browserEnvironment,
    ...options,
  }
  const { contract, clock, random, environment } = settings
  // Throws for what is not an address: better here than at every attempt.
  const server = new URL(settings.namespace, settings.url).href
  const report = guardedReport(options.onError, consoleReport)
  const direct = createDirectEvents(report)
  const storage = settings.positions === 'memory' ? null : settings.positions
  const positions = createPositions({ storage, server, clock, report })
  const session = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join('-')

  const connection = createConnection({
    ...settings,
    token: options.token,
    session,
    report,
    onLive(welcome: WelcomeMessage) {
      channels.onLive(welcome)
      inbox.onLive(welcome.user.id)
      calls.flush()
    },
    onRefreshed: () => channels.onRefreshed(),
    onLost: () => channels.onLost(),
    onStopped: (code) => calls.refuse(code),
    onMessage(event, payload) {
      if (event === wireEvents.inbox) inbox.onChange(payload)
      else if (event.startsWith('mr:')) channels.onMessage(event, payload)
      else direct.onMessage(event, payload)
    },
  })
  const calls = createCalls({ clock, connection, maxWaiting: settings.maxWaitingRequests })
  const channels = createChannels({ connection, clock, random, report, positions, lingerMs: settings.lingerMs })
  const inbox = createInbox({
    connection,
    calls,
    clock,
    random,
    report,
    timeoutMs: settings.requestTimeoutMs,
    pageSize: settings.inboxPageSize,
  })
  const forChannels = { channels, clock, random, report, maxHeld: settings.maxHeldPublications }
  const stopEnvironment = environment.subscribe((signal) => {
    if (signal === 'hidden') positions.flush()
  })

  return {
    contract,
    connection: connection.state,
    inbox: inbox.observer,
    connect: () => connection.connect(),
    refreshToken: () => connection.refreshToken(),
    channel: (ref) => createChannelHandle(ref, forChannels),
    on(event, listener) {
      connection.need()
      // Holds: the server has checked the data of `event` against the schema that typed this listener.
      return direct.on(event, listener as DirectListener<unknown>)
    },
    async request(name, ...[input, { timeoutMs = settings.requestTimeoutMs } = {}]) {
      // Holds: the server has checked the reply against the schema that this type comes from.
      return (await calls.call(name, input, timeoutMs)) as RequestReply<C['requests'], typeof name>
    },
    retained: (ref, event) => createRetainedObserver(channels, ref, event),
    liveList: (ref, listOptions) => createLiveList(ref, listOptions, forChannels),
    presence: (ref) => createPresenceObserver(channels, ref),
    typing: (ref) => createTypingObserver(ref, { channels, connection, clock, report }),
    close() {
      stopEnvironment()
      positions.flush()
      connection.close()
      channels.close()
      inbox.close()
    },
  }
}
