import type { ChannelDefinition, ChannelRef } from '@millrace/contract'
import type { MillraceServer } from '@millrace/server'
import type { EmitterSink } from './emitters.ts'

type AnyPublish = (channel: ChannelRef<ChannelDefinition>, event: string, data: unknown, options: object) => Promise<unknown>

/** From the orchestrator itself. */
export function serverSink(rt: Pick<MillraceServer, 'publish' | 'notify'>): EmitterSink {
  // Holds: the emitters give each event the data that the contract has for it.
  const publish = rt.publish as AnyPublish
  return {
    publish,
    notify: (userId, notification, options) => rt.notify({ user: userId }, notification, options),
  }
}
