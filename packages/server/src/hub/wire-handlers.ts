import {
  type AnyContract,
  type ChannelRef,
  type InferOutput,
  invalidPayload,
  MillraceError,
  type Schema,
  validate,
} from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import * as schemas from '@millrace/contract/wire-schemas'
import { channelKey } from '../channel-key.ts'
import type { InboxService } from './inbox.ts'
import type { PresenceService } from './presence.ts'
import { okJson } from './reply.ts'
import type { Session } from './sessions.ts'

export interface WireHandlerOptions {
  readonly contract: AnyContract
  readonly presence: PresenceService
  readonly inbox: InboxService
  /** Verifies a token and puts its rights into force; answers when they end. */
  readonly refresh: (session: Session, token: string) => Promise<{ readonly expiresAt: number | null }>
  readonly setTyping: (session: Session, channel: ChannelRef, active: boolean, detail: Readonly<Record<string, unknown>>) => void
}

/** Answers by calling `reply` with the ack's JSON text, or throws. */
export type WireHandler = (session: Session, input: unknown, reply: (json: string) => void) => Promise<void>

export const inboxPageDefault = 50

/** The SDK's own messages. */
export function createWireHandlers(options: WireHandlerOptions): ReadonlyMap<string, WireHandler> {
  const { contract, presence, inbox } = options

  function resolve(name: string): ChannelRef {
    const channel = contract.resolve(name)
    // The name is the client's own text: it is not repeated.
    if (channel === null) throw new MillraceError('unknown_channel', 'no channel pattern of the contract fits this name')
    return channel
  }
  function liveChannel(session: Session, name: string): ChannelRef {
    const channel = resolve(name)
    if (!session.subscriptions.has(channel.name)) throw new MillraceError('not_subscribed')
    return channel
  }
  function keyOf(session: Session, channel: ChannelRef) {
    return channelKey(session.connection.identity.tenant, channel.name)
  }
  const handler =
    <S extends Schema>(
      schema: S,
      run: (session: Session, input: InferOutput<S>, reply: (json: string) => void) => Promise<unknown>,
    ): WireHandler =>
    async (session, input, reply) => {
      const checked = await validate(schema, input)
      if (!checked.ok) throw invalidPayload('the message', checked.faults)
      let replied = false
      const result = await run(session, checked.value, (json) => {
        replied = true
        reply(json)
      })
      if (!replied) reply(okJson(JSON.stringify(result ?? null)))
    }

  return new Map<string, WireHandler>([
    [
      wireEvents.subscribe,
      handler(schemas.subscribe, async (session, input, reply) => {
        const channel = resolve(input.channel)
        const state = await presenceState(channel, input.presence)
        await session.subscriptions.subscribe(channel, input.position, (json) => reply(okJson(json)))
        if (channel.definition.presence === undefined || !session.subscriptions.has(channel.name)) return
        const key = keyOf(session, channel)
        if (state !== null) presence.join(session.connection, key, state.value)
        presence.watch(session.connection, key)
      }),
    ],
    [
      wireEvents.unsubscribe,
      handler(schemas.unsubscribe, async (session, input) => {
        const channel = contract.resolve(input.channel)
        if (channel !== null) session.subscriptions.unsubscribe(channel.name)
      }),
    ],
    [wireEvents.refresh, handler(schemas.refresh, (session, { token }) => options.refresh(session, token))],
    [
      wireEvents.typing,
      handler(schemas.typing, async (session, input) => {
        options.setTyping(session, liveChannel(session, input.channel), input.active, input.detail ?? {})
      }),
    ],
    [
      wireEvents.presenceUpdate,
      handler(schemas.presenceUpdate, async (session, input) => {
        const channel = liveChannel(session, input.channel)
        const state = await presenceState(channel, { state: input.state })
        if (state !== null) presence.update(session.connection, keyOf(session, channel), state.value)
      }),
    ],
    [
      wireEvents.inboxList,
      handler(schemas.inboxList, ({ connection: { identity } }, { limit, ...rest }) =>
        inbox.list(identity.tenant, identity.userId, { ...rest, limit: limit ?? inboxPageDefault }),
      ),
    ],
    [
      wireEvents.inboxMark,
      handler(schemas.inboxMark, ({ connection: { identity } }, { ids, read }) => inbox.mark(identity.tenant, identity.userId, ids, read)),
    ],
    [
      wireEvents.inboxDelete,
      handler(schemas.inboxDelete, ({ connection: { identity } }, { ids }) => inbox.delete(identity.tenant, identity.userId, ids)),
    ],
    [wireEvents.inboxCount, handler(schemas.inboxCount, ({ connection: { identity } }) => inbox.count(identity.tenant, identity.userId))],
  ])
}

/** The state to show, null for nobody to show, or a thrown `invalid_payload`. */
async function presenceState(
  channel: ChannelRef,
  presence: { readonly state?: unknown } | undefined,
): Promise<{ readonly value: unknown } | null> {
  if (presence === undefined) return null
  const schema = channel.definition.presence
  if (schema === undefined)
    throw new MillraceError('invalid_payload', `channel "${channel.definition.pattern.pattern}" has no presence in the contract`)
  const checked = await validate(schema, presence.state ?? undefined)
  if (!checked.ok) throw invalidPayload('the presence state', checked.faults)
  return { value: checked.value ?? null }
}
