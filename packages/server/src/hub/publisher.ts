import {
  type Actor,
  type ChannelRef,
  type Clock,
  type EventMap,
  errors,
  MillraceError,
  type Position,
  type Validation,
  validate,
  validated,
} from '@millrace/contract'
import type { Broker, Envelope } from '../broker/port.ts'
import { type ChannelKey, channelKey, channelNameOf, tenantOf } from '../channel-key.ts'
import { quotaError } from '../limits/tenant-account.ts'
import type { TenantQuotas } from '../limits/tenant-quotas.ts'
import type { PublicationLog } from '../log/port.ts'
import type { Published } from '../options.ts'
import type { Outbox, OutboxDraft } from '../outbox/port.ts'

export interface PublisherOptions {
  readonly log: PublicationLog
  readonly outbox: Outbox
  readonly broker: Pick<Broker, 'publish'>
  readonly clock: Clock
  readonly newId: () => string
  readonly payloadMaxBytes: number
  readonly quotas: Pick<TenantQuotas, 'publication' | 'published'>
  /** How many connections of this node hear a channel. */
  readonly readersOf: (channel: ChannelKey) => number
  readonly onPublished: (draft: Draft) => void
  /** A durable append has returned. */
  readonly onAppended: (durationMs: number) => void
  /** What was written in a transaction is on its way. */
  readonly onRelayed: (lagMs: number) => void
  /** The broker did not take it: readers of this node, at least, need not wait. */
  readonly onRefused: (envelope: Envelope, error: unknown) => void
}

export interface PublishRequest {
  readonly tenant: string
  readonly channel: ChannelRef
  readonly event: string
  readonly data: unknown
  readonly actor?: Actor | undefined
  readonly idempotencyKey?: string | undefined
  readonly except?: string | undefined
  readonly tx?: unknown
  /** It belongs to what the quota has let pass already: refused now it would leave half of it. */
  readonly passed?: boolean
}

export type Draft = Omit<Envelope, 'position'>

/** The one way in for publications: checked against the contract here, and nowhere after (CON3). */
export class Publisher {
  readonly #options: PublisherOptions

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** With `tx` on SQLite everything is done, or thrown, before the call returns: do not make this an async function. */
  publish(request: PublishRequest): Promise<Published> {
    const { tx } = request
    if (tx === undefined) return this.#publishNow(request)
    if (!request.passed) this.admit(request.tenant)
    const validation = synchronous(request, this.#check(request))
    if (request.idempotencyKey !== undefined)
      throw new MillraceError('invalid_payload', 'an idempotency key has no meaning inside a transaction: guard the business row instead')
    const draft = this.#draft(request, validation)
    return this.write(tx, [draft]).then(() => ({ id: draft.id, position: null }))
  }

  /** Throws `rate_limited` where the tenant's quota is used up. Whoever asks goes on to `charge`. */
  admit(tenant: string): void {
    const exceeded = this.#options.quotas.publication(tenant)
    if (exceeded !== null) throw quotaError(exceeded)
  }

  /** Counts one publication, and its bytes for each of `readers`. */
  charge(tenant: string, bytes: number, readers: number): void {
    this.#options.quotas.published(tenant, bytes * Math.max(1, readers))
  }

  /** What SQL has published, as `publish` would have made it. Throws what `publish` throws. */
  fromOutbox(channel: ChannelRef, { channel: key, event, json, id, time }: OutboxDraft): Draft {
    const request = { tenant: tenantOf(key), channel, event, data: JSON.parse(json) as unknown }
    return { ...this.#draft(request, synchronous(request, this.#check(request))), id, time }
  }

  /** Writes drafts to the outbox, in the caller's transaction; they are sent once it has committed. */
  write(tx: unknown, drafts: readonly Draft[]): Promise<void> {
    const written = this.#options.outbox.write(tx, drafts)
    return written ?? Promise.resolve()
  }

  /** Sends what was written in transactions that have committed, in their order. */
  relay(envelopes: readonly Envelope[]): void {
    const { clock, onPublished, onRelayed } = this.#options
    for (const envelope of envelopes) {
      onRelayed(clock.now() - envelope.time)
      if (!isSystem(envelope)) onPublished(envelope)
      this.#carry(envelope)
    }
  }

  /** Sends what needs no contract: messages of our own. */
  async send(draft: Omit<Draft, 'id' | 'time' | 'delivery'>): Promise<void> {
    await this.#options.broker.publish(this.system(draft))
  }

  /** The same for what need not arrive at once: whoever misses it finds out. */
  tell(draft: Omit<Draft, 'id' | 'time' | 'delivery'>): void {
    this.#carry(this.system(draft))
  }

  /**
   * Hands on what is stored, or was. Not awaited: the broker keeps the order of the calls, and what it does not take is not lost, as every node
   * compares what it has with the store.
   */
  #carry(envelope: Envelope): void {
    const { broker, onRefused } = this.#options
    broker.publish(envelope).catch((error: unknown) => onRefused(envelope, error))
  }

  system(draft: Omit<Draft, 'id' | 'time' | 'delivery'>): Draft {
    return { ...draft, delivery: 'volatile', id: this.#options.newId(), time: this.#options.clock.now() }
  }

  async #publishNow(request: PublishRequest): Promise<Published> {
    const { log, broker, clock, onPublished, onAppended } = this.#options
    // Before anything is done for it: refusing costs next to nothing.
    if (!request.passed) this.admit(request.tenant)
    const checking = this.#check(request)
    const draft = this.#draft(request, checking instanceof Promise ? await checking : checking)
    if (draft.delivery === 'durable') {
      const { idempotencyKey } = request
      const { position, duplicate } = await log.append(draft.channel, draft, idempotencyKey === undefined ? {} : { idempotencyKey })
      onAppended(clock.now() - draft.time)
      if (duplicate) return { id: (await this.#idAt(draft.channel, position)) ?? draft.id, position }
      onPublished(draft)
      this.#carry({ ...draft, position })
      return { id: draft.id, position }
    }
    if (draft.delivery === 'retained') {
      const revision = await log.retain(draft.channel, draft.key ?? '', draft)
      onPublished(draft)
      this.#carry({ ...draft, revision })
      return { id: draft.id, position: null }
    }
    onPublished(draft)
    await broker.publish(draft)
    return { id: draft.id, position: null }
  }

  /** The id of a stored publication; undefined where retention has cut it. */
  async #idAt(channel: ChannelKey, { epoch, offset }: Position): Promise<string | undefined> {
    const read = await this.#options.log.read(channel, { epoch, offset: offset - 1 }, 1)
    return read.kind === 'page' ? read.publications[0]?.id : undefined
  }

  #check({ channel, event, data }: PublishRequest): Validation<unknown> | Promise<Validation<unknown>> {
    const events: EventMap = channel.definition.events
    const definition = Object.hasOwn(events, event) ? events[event] : undefined
    if (definition === undefined)
      throw new MillraceError('unknown_event', `channel "${channel.definition.pattern.pattern}" has no event "${event}"`)
    return validate(definition.schema, data)
  }

  #draft(request: PublishRequest, validation: Validation<unknown>): Draft {
    const { tenant, channel, event, actor, except } = request
    const data = validated(validation, `the payload of "${event}"`)
    // Holds: #check found it.
    const definition = (channel.definition.events as EventMap)[event] as EventMap[string]
    const json = JSON.stringify(data) as string | undefined
    if (json === undefined) throw new MillraceError('invalid_payload', `the payload of "${event}" has no JSON form`)
    const bytes = Buffer.byteLength(json)
    if (bytes > this.#options.payloadMaxBytes)
      throw new MillraceError(
        'payload_too_large',
        `the payload of "${event}" has ${bytes} bytes; ${this.#options.payloadMaxBytes} is the limit. ${errors.payload_too_large.action}`,
      )
    const key: ChannelKey = channelKey(tenant, channel.name)
    this.charge(tenant, bytes, this.#options.readersOf(key))
    return {
      channel: key,
      event,
      json,
      delivery: definition.delivery,
      id: this.#options.newId(),
      time: this.#options.clock.now(),
      ...(actor && { actor }),
      ...(except !== undefined && { except }),
      // Holds: the key function was declared for this event's own data.
      ...(definition.key && { key: (definition.key as (data: unknown) => string)(data) }),
    }
  }
}

/** In a transaction, and under the locks of the outbox, there is nobody to wait for a schema. */
function synchronous({ event }: Pick<PublishRequest, 'event'>, validation: Validation<unknown> | Promise<Validation<unknown>>) {
  if (!(validation instanceof Promise)) return validation
  // Nobody waits for what it answers.
  validation.catch(() => {})
  throw new MillraceError(
    'invalid_payload',
    `the schema of "${event}" is asynchronous; publish it outside the transaction, or make it synchronous`,
  )
}

function isSystem({ channel }: Draft): boolean {
  return channelNameOf(channel).startsWith('$')
}
