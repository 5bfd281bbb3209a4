import { type Clock, MillraceError } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import type { PgDatabase, PgNotification, PgSession } from '../postgres/port.ts'
import { envelopeText, readEnvelope } from './envelope-text.ts'
import type { Broker, Envelope } from './port.ts'
import { bucketOf, Interest, type Step } from './postgres-interest.ts'
import { PostgresLink } from './postgres-link.ts'
import { type Outgoing, OutgoingGroups } from './postgres-outgoing.ts'
import { PieceReader, piecesOf } from './postgres-pieces.ts'

export interface PostgresBrokerParts {
  readonly database: PgDatabase & { close(): Promise<void> }
  readonly clock: Clock
  readonly random: () => number
  readonly nextTurn: (run: () => void) => void
  /** A notification channel that nobody else listens to. */
  readonly checkChannel: string
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
}

const notifyAll = 'SELECT count(pg_notify(p.channel, p.payload)) FROM unnest($1::text[], $2::text[]) AS p(channel, payload)'

/** Carries envelopes in notifications of PostgreSQL. */
export class PostgresBroker implements Broker {
  readonly lossless = false
  readonly #parts: PostgresBrokerParts
  readonly #link: PostgresLink
  readonly #outgoing: OutgoingGroups
  readonly #interest = new Interest()
  #reader = new PieceReader()
  #handler: (envelope: Envelope) => void = () => {}
  #onRestored: () => void = () => {}
  #stepping: Promise<void> | null = null
  #closing: Promise<void> | null = null
  #sent = 0
  #warned = false

  constructor(parts: PostgresBrokerParts) {
    this.#parts = parts
    const { database, clock, random, nextTurn, checkChannel, maxWaiting, maxWaitingBytes } = parts
    this.#link = new PostgresLink({
      ...{ database, clock, random, checkChannel },
      onNotification: (notification) => this.#receive(notification),
      prepare: (session) => this.#prepare(session),
      onLost: (reason) => this.#outgoing.refuseAll(reason),
      onRestored: () => void this.#restored(),
    })
    this.#outgoing = new OutgoingGroups({ send: (messages) => this.#send(messages), nextTurn, maxWaiting, maxWaitingBytes })
  }

  /** Resolves when it is connected. Rejects where it cannot be, or where notifications from one connection do not reach another. */
  async open(): Promise<void> {
    await this.#link.start()
    // A pooler of transactions may well bring a connection its own.
    const other = await this.#parts.database.connect(() => {})
    try {
      await this.#link.check(other)
    } finally {
      other.release()
    }
  }

  async publish(envelope: Envelope): Promise<void> {
    this.#assertOpen()
    if (this.#link.session === null) throw new MillraceError('unavailable', 'the broker is not connected')
    await this.#outgoing.add({ bucket: bucketOf(envelope.channel), pieces: piecesOf(envelopeText(envelope), ++this.#sent) })
  }

  async subscribe(channel: ChannelKey): Promise<void> {
    this.#assertOpen()
    this.#interest.add(channel)
    // A connection that is made anew begins with everything that is held.
    while (this.#link.session !== null && this.#interest.isMissing(channel)) await this.#step()
  }

  async unsubscribe(channel: ChannelKey): Promise<void> {
    this.#interest.remove(channel)
    if (this.#link.session !== null) void this.#step()
  }

  listen(handler: (envelope: Envelope) => void, onRestored: () => void = () => {}): void {
    this.#handler = handler
    this.#onRestored = onRestored
  }

  async check(): Promise<void> {
    this.#assertOpen()
    await this.#link.check()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#outgoing.idle()
    this.#link.close()
    await this.#parts.database.close()
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw new MillraceError('unavailable', 'the broker is closed')
  }

  async #send(messages: readonly Outgoing[]): Promise<void> {
    const channels = messages.flatMap(({ bucket, pieces }) => pieces.map(() => bucket))
    const payloads = messages.flatMap(({ pieces }) => pieces)
    try {
      await this.#link.use((session) => session.rows(notifyAll, [channels, payloads]))
    } catch (cause) {
      // Whatever PostgreSQL has against it, a full queue among it, the message itself is in order.
      throw new MillraceError('unavailable', 'the broker could not send', undefined, { cause })
    }
  }

  /** The next statement that brings the subscriptions in force; those who want one in the same turn share it. Never rejects. */
  #step(): Promise<void> {
    this.#stepping ??= this.#takeStep().finally(() => {
      this.#stepping = null
      if (this.#link.session !== null && this.#interest.isBehind) void this.#step()
    })
    return this.#stepping
  }

  async #restored(): Promise<void> {
    // Who has subscribed while the last statement came back was told that it is in force by now.
    while (this.#link.session !== null && this.#interest.isBehind) await this.#step()
    if (this.#link.session !== null) this.#onRestored()
  }

  async #takeStep(): Promise<void> {
    await new Promise<void>((resolve) => this.#parts.nextTurn(resolve))
    const { session } = this.#link
    if (session === null) return
    try {
      await this.#link.use(async () => {
        const step = this.#interest.next()
        if (step !== null) await this.#run(session, step)
      })
    } catch {
      this.#link.giveUp(session, new MillraceError('unavailable', 'the broker could not subscribe'))
    }
  }

  async #prepare(session: PgSession): Promise<void> {
    this.#interest.lost()
    this.#reader = new PieceReader()
    for (let step = this.#interest.next(); step !== null; step = this.#interest.next()) await this.#run(session, step)
  }

  async #run(session: PgSession, step: Step): Promise<void> {
    await session.run([...step.listen.map((name) => `LISTEN ${name}`), ...step.unlisten.map((name) => `UNLISTEN ${name}`)].join('; '))
    this.#interest.done(step)
  }

  #receive({ channel: bucket, payload, sender }: PgNotification): void {
    const piece = this.#reader.read(sender, payload)
    if (piece.kind === 'part') return
    const envelope = piece.kind === 'whole' ? readEnvelope(piece.text) : null
    if (envelope === null || bucketOf(envelope.channel) !== bucket) {
      this.#warnOnce()
      return
    }
    if (!this.#interest.has(envelope.channel) || this.#closing !== null) return
    try {
      this.#handler(envelope)
    } catch (error) {
      // The connection must live on. Only the error's name: its message may quote the payload.
      process.emitWarning(`a broker handler threw ${error instanceof Error ? error.name : typeof error}`, 'MillraceWarning')
    }
  }

  /** Whoever may connect to the database may notify. */
  #warnOnce(): void {
    if (this.#warned) return
    this.#warned = true
    process.emitWarning('a notification that no Millrace node has sent was ignored', 'MillraceWarning')
  }
}
