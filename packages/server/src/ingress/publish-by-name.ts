import { type Actor, type ChannelRef, MillraceError } from '@millrace/contract'
import type { MillraceServer } from '../api.ts'
import type { Published, PublishOptions } from '../options.ts'

export interface NamedPublication {
  readonly channel: string
  readonly event: string
  readonly data?: unknown
  readonly actor?: { readonly id: string; readonly name?: string | undefined } | undefined
}

export interface PublishTo {
  readonly tenant: string
  readonly idempotencyKey?: string | undefined
}

type PublishAny = (channel: ChannelRef, event: string, data: unknown, options: PublishOptions) => Promise<Published>

/** The channel that a name stands for. Throws `unknown_channel`: no name reaches what the contract does not have. */
export function channelByName({ contract }: Pick<MillraceServer, 'contract'>, name: string): ChannelRef {
  const ref = contract.resolve(name)
  if (ref === null) throw new MillraceError('unknown_channel')
  return ref
}

/** Publishes what is named by text. The call reaches the server at once, so that publications keep the order of the calls. */
export function publishByName(
  rt: Pick<MillraceServer, 'contract' | 'publish'>,
  channel: ChannelRef,
  { event, data, actor }: Omit<NamedPublication, 'channel'>,
  { tenant, idempotencyKey }: PublishTo,
): Promise<Published> {
  // Holds: `publish` checks event and data against the contract when it runs.
  const publish = rt.publish as PublishAny
  return publish(channel, event, data, {
    tenant,
    ...(actor && { actor: actorOf(actor) }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  })
}

function actorOf({ id, name }: NonNullable<NamedPublication['actor']>): Actor {
  return name === undefined ? { id } : { id, name }
}
