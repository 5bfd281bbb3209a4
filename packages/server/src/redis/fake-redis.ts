import type { OpenSession, Session, SessionEvents } from './session.ts'

/** A Redis without a network, for tests: what is published arrives in the call. */
export interface FakeRedis {
  readonly open: OpenSession
  /** Whether it lets somebody in. */
  up: boolean
  readonly attempts: number
  /** The channels of the newest session. */
  readonly subscribed: ReadonlySet<string>
  /** Called with each subscription. */
  onSubscribe: () => void
  /** Every session that is open ends. */
  lose(reason: string): void
  /** What somebody else has written to a channel. */
  inject(channel: string, text: string): void
}

interface Link {
  readonly events: SessionEvents
  readonly channels: Set<string>
}

export function fakeRedis(): FakeRedis {
  const links = new Set<Link>()
  let newest: Link | null = null
  let attempts = 0
  let up = true
  let onSubscribe: () => void = () => undefined

  function deliver(channel: string, text: string): void {
    for (const link of [...links]) if (link.channels.has(channel)) link.events.onMessage(channel, text)
  }

  return {
    async open(events) {
      attempts += 1
      if (!up) throw new Error('connect ECONNREFUSED')
      const link: Link = { events, channels: new Set() }
      links.add(link)
      newest = link
      /** After a turn, as over a network; an error for each where the link is gone by then. */
      async function answered<T>(items: readonly T[], run: (item: T) => void): Promise<readonly unknown[]> {
        await Promise.resolve()
        return items.map((item) => (links.has(link) ? run(item) : new Error('Connection is closed.')))
      }
      const session: Session = {
        publish: (messages) => answered(messages, ([channel, text]) => deliver(channel, text)),
        subscribe: (channels) =>
          answered(channels, (channel) => {
            link.channels.add(channel)
            onSubscribe()
          }),
        async unsubscribe(channels) {
          await answered(channels, (channel) => void link.channels.delete(channel))
        },
        async roundTrip() {
          const [answer] = await answered([0], () => undefined)
          if (answer instanceof Error) throw answer
        },
        end: () => void links.delete(link),
      }
      return session
    },
    get up() {
      return up
    },
    set up(next) {
      up = next
    },
    get onSubscribe() {
      return onSubscribe
    },
    set onSubscribe(next) {
      onSubscribe = next
    },
    get attempts() {
      return attempts
    },
    get subscribed() {
      return newest?.channels ?? new Set<string>()
    },
    lose(reason) {
      const lost = [...links]
      links.clear()
      for (const { events } of lost) events.onLost(new Error(reason))
    },
    inject: deliver,
  }
}
