import type { Clock } from '@millrace/contract'
import type { Broker, Envelope } from '../broker/port.ts'
import type { ChannelKey } from '../channel-key.ts'
import type { Lines } from './port.ts'

export interface NodeLinesOptions {
  readonly broker: Broker
  /** This node. */
  readonly self: string
  readonly clock: Clock
  /** The broker did not take what was said. */
  readonly onUnsent: (error: unknown) => void
  readonly onFailure: (error: unknown) => void
}

type Hear = (from: string, json: string) => void

/** What nodes say to each other, on the broker that carries the publications. */
export class NodeLines implements Lines {
  /** The broker, as those see it who publish for clients. */
  readonly publications: Broker
  readonly #options: NodeLinesOptions
  readonly #open = new Map<ChannelKey, Hear>()
  /** The last thing that was asked of the broker for a channel: the next waits for it. */
  readonly #asked = new Map<ChannelKey, Promise<void>>()

  constructor(options: NodeLinesOptions) {
    const { broker } = options
    this.#options = options
    this.publications = {
      lossless: broker.lossless,
      publish: (envelope) => broker.publish(envelope),
      subscribe: (channel) => broker.subscribe(channel),
      unsubscribe: (channel) => broker.unsubscribe(channel),
      listen: (handler, onRestored) =>
        broker.listen((envelope) => {
          const hear = this.#open.get(envelope.channel)
          if (hear === undefined) handler(envelope)
          else this.#hear(hear, envelope)
        }, onRestored),
      check: () => broker.check(),
      close: () => broker.close(),
    }
  }

  open(channel: ChannelKey, hear: Hear): Promise<void> {
    this.#open.set(channel, hear)
    return this.#ask(channel, () => this.#options.broker.subscribe(channel))
  }

  close(channel: ChannelKey): void {
    this.#open.delete(channel)
    // Whoever opens it meanwhile is before it in the order of the calls, and after it in that of the broker.
    this.#ask(channel, async () => {
      if (!this.#open.has(channel)) await this.#options.broker.unsubscribe(channel)
    }).catch(this.#options.onFailure)
  }

  send(channel: ChannelKey, json: string): Promise<void> {
    const { broker, self, clock, onUnsent } = this.#options
    const envelope: Envelope = { channel, delivery: 'volatile', event: 'node', json, id: self, time: clock.now() }
    return broker.publish(envelope).catch(onUnsent)
  }

  #hear(hear: Hear, { id, json }: Envelope): void {
    try {
      hear(id, json)
    } catch (error) {
      this.#options.onFailure(error)
    }
  }

  #ask(channel: ChannelKey, call: () => Promise<void>): Promise<void> {
    const before = this.#asked.get(channel)
    const asked = before === undefined ? call() : before.then(call, call)
    this.#asked.set(channel, asked)
    const done = (): void => {
      if (this.#asked.get(channel) === asked) this.#asked.delete(channel)
    }
    asked.then(done, done)
    return asked
  }
}
