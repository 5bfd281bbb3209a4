import { type AnyContract, type ChannelRef, type Clock, invalidPayload, MillraceError, validate } from '@millrace/contract'
import { type ChannelKey, channelKey, channelNameOf, tenantOf } from '../channel-key.ts'
import { createTyping } from '../presence/typing.ts'
import type { Publisher } from './publisher.ts'
import type { Session } from './sessions.ts'

export interface TypingServiceOptions {
  readonly contract: AnyContract
  readonly clock: Clock
  readonly publisher: Publisher
  readonly onFailure: (error: unknown) => void
}

/** Announces who types in the contract's own typing events, to everybody but the connection that types. */
export function createTypingService({ contract, clock, publisher, onFailure }: TypingServiceOptions) {
  function announce(
    key: ChannelKey,
    which: 'start' | 'stop',
    typist: { connectionId: string; userId: string; name?: string },
    detail: object,
  ): void {
    const channel = contract.resolve(channelNameOf(key))
    const event = channel?.definition.typing?.[which]
    if (channel === null || event === undefined) return
    const user = { id: typist.userId, name: typist.name ?? typist.userId }
    // The user last: what a client sends cannot speak for another.
    const publishing = publisher.publish({ tenant: tenantOf(key), channel, event, data: { ...detail, user }, except: typist.connectionId })
    publishing.catch((error: unknown) => {
      // A tenant that has used up its quota does without.
      if (!(error instanceof MillraceError && error.code === 'rate_limited')) onFailure(error)
    })
  }
  const typing = createTyping({
    clock,
    onStart: ({ channel, typist, detail }) => announce(channel, 'start', typist, detail),
    onStop: ({ channel, typist }) => announce(channel, 'stop', typist, {}),
  })

  return {
    ...typing,
    /** Throws `not_subscribed` where the person does not hear the channel, `invalid_payload` where it has no typing. */
    set({ connection }: Session, channel: ChannelRef, active: boolean, detail: Readonly<Record<string, unknown>>): void {
      if (channel.definition.typing === undefined)
        throw new MillraceError('invalid_payload', `channel "${channel.definition.pattern.pattern}" has no typing events in the contract`)
      const { identity, id } = connection
      const user = { id: identity.userId, name: identity.name ?? identity.userId }
      if (active) refuseInvalid(channel, { ...detail, user })
      const key = channelKey(identity.tenant, channel.name)
      if (active)
        typing.start(
          key,
          { connectionId: id, userId: identity.userId, ...(identity.name !== undefined && { name: identity.name }) },
          detail,
        )
      else typing.stop(key, id)
    },
  }
}

function refuseInvalid(channel: ChannelRef, data: unknown): void {
  const { typing, events } = channel.definition
  const definition = typing && events[typing.start]
  const checked = definition && validate(definition.schema, data)
  if (checked !== undefined && !(checked instanceof Promise) && !checked.ok) throw invalidPayload('the typing detail', checked.faults)
}
