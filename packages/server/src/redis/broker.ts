import { type Clock, MillraceError } from '@millrace/contract'
import { decodeEnvelopes } from '../broker/envelope-codec.ts'
import type { Broker, Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'
import { Outgoing, type OutgoingLimits } from './outgoing.ts'
import { Reconnector } from './reconnector.ts'
import { type OpenSession, reasonOf, type Session } from './session.ts'
import { Subscriptions } from './subscriptions.ts'
import { within } from './within.ts'

export interface RedisBrokerParts extends OutgoingLimits {
  readonly open: OpenSession
  /** Before each channel's name. */
  readonly prefix: string
  readonly checkTimeoutMs: number
  readonly clock: Clock
  readonly random: () => number
  /** Runs it when this turn of the event loop is over. */
  readonly nextTurn: (run: () => void) => void
  /** Something that operators should know; told once for each kind. */
  readonly onProblem: (problem: string) => void
}

/** A broker on sessions with Redis. Rejects where the first one cannot be opened. */
export async function openBroker({
  open,
  prefix,
  checkTimeoutMs,
  clock,
  random,
  nextTurn,
  onProblem,
  ...limits
}: RedisBrokerParts): Promise<Broker> {
  const subscriptions = new Subscriptions(prefix)
  const outgoing = new Outgoing(limits)
  const problems = new Set<string>()
  let flushing = false
  let handler: (envelope: Envelope) => void = () => undefined
  let onRestored: () => void = () => undefined

  const reconnector = new Reconnector({
    ...{ open, clock, random, onMessage },
    restoring: subscriptions,
    onDown() {
      subscriptions.lost()
      refuse()
    },
    onRestored: () => guarded('onRestored', onRestored),
  })

  function problem(text: string): void {
    if (problems.has(text)) return
    problems.add(text)
    onProblem(text)
  }
  function guarded(what: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      // Only the error's name: its message may quote the payload.
      problem(`the broker's ${what} threw ${error instanceof Error ? error.name : typeof error}`)
    }
  }
  function unavailable(): MillraceError {
    const { isClosed, reason } = reconnector
    return new MillraceError('unavailable', isClosed ? reason.message : `there is no connection to Redis: ${reasonOf(reason)}`)
  }
  /** What was gathered has nowhere to go. */
  function refuse(): void {
    const refusal = unavailable()
    for (const batch of outgoing.take()) outgoing.settle(batch, refusal)
  }

  function onMessage(channel: string, text: string): void {
    // Holds: the names that we subscribe to are the prefix and a key.
    const key = channel.slice(prefix.length) as ChannelKey
    if (!subscriptions.has(key)) return
    const envelopes = decodeEnvelopes(key, text)
    if (envelopes === null) {
      problem('a message in our channels is none of ours, or of another version, and was dropped')
      return
    }
    for (const envelope of envelopes) guarded('handler', () => handler(envelope))
  }

  function flushSoon(): void {
    if (flushing) return
    flushing = true
    nextTurn(() => {
      flushing = false
      const { session } = reconnector
      if (session === null) {
        refuse()
        return
      }
      void subscriptions.tell(session, () => reconnector.session === session)
      void send(session)
    })
  }
  async function send(session: Session): Promise<void> {
    const batches = outgoing.take()
    if (batches.length === 0) return
    const answers = await session.publish(batches.map(({ channel, text }) => [prefix + channel, text] as const))
    for (const [index, batch] of batches.entries()) {
      const answer = answers[index]
      outgoing.settle(
        batch,
        answer instanceof Error ? new MillraceError('unavailable', `Redis did not take it: ${reasonOf(answer)}`) : null,
      )
    }
  }

  await reconnector.start()
  return {
    lossless: false,
    async publish(envelope) {
      if (reconnector.session === null) throw unavailable()
      await new Promise<void>((resolve, reject) => {
        const added = outgoing.add(envelope, (refusal) => (refusal === null ? resolve() : reject(refusal)))
        if (added) flushSoon()
        else reject(new MillraceError('unavailable', 'too much waits for Redis already'))
      })
    },
    async subscribe(channel) {
      if (reconnector.isClosed) throw unavailable()
      if (reconnector.session === null) return subscriptions.addLater(channel)
      const inForce = subscriptions.add(channel)
      flushSoon()
      await inForce
    },
    async unsubscribe(channel) {
      subscriptions.remove(channel)
      if (reconnector.session !== null) flushSoon()
    },
    listen(next, restored = () => undefined) {
      handler = next
      onRestored = restored
    },
    async check() {
      const { session } = reconnector
      if (session === null) throw unavailable()
      try {
        await within(clock, checkTimeoutMs, session.roundTrip())
      } catch (error) {
        throw new MillraceError('unavailable', `no message goes round through Redis: ${reasonOf(error)}`)
      }
    },
    async close() {
      if (reconnector.isClosed) return
      reconnector.close()
      subscriptions.close(unavailable())
      refuse()
    },
  }
}
