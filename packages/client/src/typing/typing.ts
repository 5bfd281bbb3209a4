import type { ChannelRef, Clock, Publication, Timer } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { Channels } from '../channels/channels.ts'
import type { Connection } from '../connection/connection.ts'
import { createObservable, type Observer, type Unsubscribe } from '../observer.ts'
import type { Report } from '../report.ts'
import { expireTyping, nobodyTyping, reduceTyping, type TypingState, type Typist } from './typing-state.ts'

export interface TypingView {
  /** Others than this user, in the order in which they began. */
  readonly typists: readonly Typist[]
}

/** Who is typing in a channel; subscribed to, it keeps the channel subscribed. */
export interface TypingObserver extends Observer<TypingView> {
  /** Says that this user is typing: call it on each keystroke. It ends by itself 5 s after the last call. */
  start(detail?: Readonly<Record<string, unknown>>): void
  stop(): void
}

export interface TypingOptions {
  readonly channels: Channels
  readonly connection: Connection
  readonly clock: Clock
  readonly report: Report
}

/** The signal is repeated after so long, while the keys are going. */
const repeatMs = 2_500
const idleMs = 5_000
const answerTimeoutMs = 10_000

export function createTypingObserver(ref: ChannelRef, options: TypingOptions): TypingObserver {
  const { channels, connection, clock, report } = options
  const { typing: events } = ref.definition
  let state: TypingState = nobodyTyping
  let expiry: Timer | null = null

  const view = createObservable<TypingView>(nobodyTyping, { report, onFirst: watch })

  function become(next: TypingState): void {
    if (next === state) return
    state = next
    expiry?.cancel()
    const due = Math.min(...state.typists.map((typist) => typist.until))
    if (state.typists.length > 0) expiry = clock.after(due - clock.now(), () => become(expireTyping(state, clock.now())))
    view.set(state.typists.length === 0 ? nobodyTyping : { typists: state.typists })
  }

  function watch(): Unsubscribe {
    if (events === undefined) return () => {}
    const onPublications = (publications: readonly Publication[]): void => {
      const self = connection.welcome?.user.id ?? null
      become(publications.reduce((all, publication) => reduceTyping(all, publication, events, clock.now(), self), state))
    }
    const channel = channels.entry(ref)
    const detach = channel.attach({ onPublications })
    // Who stopped while the channel was away is not told.
    const stopStatus = channel.status.subscribe(() => {
      if (channel.status.getSnapshot().state !== 'live') become(nobodyTyping)
    })
    return () => {
      stopStatus()
      detach()
      become(nobodyTyping)
    }
  }

  const signal = createTypingSignal(ref, options)
  return { subscribe: view.subscribe, getSnapshot: view.getSnapshot, start: signal.start, stop: signal.stop }
}

type TypingSignal = Pick<TypingObserver, 'start' | 'stop'>

/** This user's own signal: sent at the first keystroke, repeated while they go on, ended after the last. */
function createTypingSignal(ref: ChannelRef, { channels, connection, clock }: TypingOptions): TypingSignal {
  let sentAt: number | null = null
  let sentDetail: string | undefined
  let idle: Timer | null = null
  let detach: Unsubscribe | null = null

  function send(active: boolean, detail?: Readonly<Record<string, unknown>>): void {
    if (connection.welcome === null || channels.peek(ref)?.status.getSnapshot().state !== 'live') return
    sentAt = active ? clock.now() : null
    sentDetail = JSON.stringify(detail)
    // A typing signal that is lost is not worth a word: the next one follows.
    connection.ask(wireEvents.typing, { channel: ref.name, active, ...(detail && { detail }) }, answerTimeoutMs, () => {})
  }

  function stop(): void {
    idle?.cancel()
    idle = null
    if (sentAt !== null) send(false)
    sentAt = null
    detach?.()
    detach = null
  }

  return {
    start(detail) {
      detach ??= channels.entry(ref).attach({})
      const due = sentAt === null || clock.now() - sentAt >= repeatMs
      if (due || JSON.stringify(detail) !== sentDetail) send(true, detail)
      idle?.cancel()
      idle = clock.after(idleMs, stop)
    },
    stop,
  }
}
