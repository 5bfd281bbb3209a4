import type { ChannelRef } from '@millrace/contract'
import type { InboxOptions, NotifyTarget } from '@millrace/server'
import { contract } from '../../contract.ts'

function channelOf(target: NotifyTarget): ChannelRef | null {
  if ('channel' in target) return target.channel
  if ('user' in target) return contract.channels.user({ userId: target.user })
  if ('everyone' in target) return contract.channels.everyone()
  return 'role' in target && target.role === 'SUPER_ADMIN' ? contract.channels.admin() : null
}

/** Clients that know nothing of the inbox hear of a notification by an event of the channel that it was meant for. */
export const announce = {
  event: 'notification',
  channelOf,
  payload: ({ type, title, message, data = {} }) => ({ type, title, message, data }),
} satisfies NonNullable<InboxOptions['announce']>
